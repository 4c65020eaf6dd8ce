package tickwire

import "time"

// WorkerStatus is a connected worker.
type WorkerStatus struct {
	WorkerID string
	ServerID string
	// Client is its library and version.
	Client string
	Info   map[string]string
	// MaxTasks it runs at once.
	MaxTasks int
	// Kinds that it serves.
	Kinds []KindCapacity
	// Running are the tasks that it holds.
	Running      int
	Draining     bool
	ConnectTime  time.Time
	LastSeenTime time.Time
}

// KindCapacity is how many tasks of one kind a worker runs at once.
type KindCapacity struct {
	Kind string
	// MaxTasks: nil: bounded by the worker's alone.
	MaxTasks *int32
}

// ServerStatus is a running server.
type ServerStatus struct {
	ServerID  string
	Version   string
	StartTime time.Time
	RenewTime time.Time
	Workers   int
}

// Stats are of kinds, and of every server that runs on the store.
type Stats struct {
	Kinds   []KindStats
	Servers []ServerStatus
}

// ServerInfo is what a server says about itself.
type ServerInfo struct {
	Version  string
	ServerID string
	// MinProtocolRevision and MaxProtocolRevision are of the worker protocol.
	MinProtocolRevision int
	MaxProtocolRevision int
	// Store is "memory", "sqlite", "mongodb" or "postgres".
	Store  string
	Limits map[string]int64
}
