package tickwire

// Version is this module's version.
const Version = "0.1.0"

// clientName is what this library calls itself to a server.
const clientName = "tickwire-go/" + Version
