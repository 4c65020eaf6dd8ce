// Package tickwire schedules jobs on a Tickwire server, and runs them.
//
// A [Client] stores jobs ([Client.ScheduleJob]), reads and changes them, and follows their runs ([Client.WatchRuns]). A [Worker] serves
// kinds of jobs: each task that the server hands it is run by the [Handler] of its kind ([Worker.Handle]), in a goroutine of its own.
//
// # Delivery
//
// A job is durable when ScheduleJob returns. Its task comes at least once: a worker that is cut off takes its tasks to another server and
// keeps every result until one has recorded it, but a worker that dies may have done what nobody knows of. [Task.OccurrenceID] is the same
// for every attempt of one occurrence, and [Task.Fence] grows with every hand-out of a slug.
//
// # Errors
//
// Every call fails with an [*Error]. Each reason of the server has a variable, such as [ErrJobNotFound], for [errors.Is].
//
// # Unset
//
// A nil pointer, an empty string and a zero time say nothing: the server, or the job's kind, then decides.
package tickwire
