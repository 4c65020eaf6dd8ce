// Package tickwire schedules jobs on a Tickwire server, and runs them: a [Client] and a [Worker].
package tickwire
