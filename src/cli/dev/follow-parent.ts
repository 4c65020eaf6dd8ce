// Loaded into the processes of `tickwire dev` before their own code: when dev is gone, however it ended, they drain and end as well.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
