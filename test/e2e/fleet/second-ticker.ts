/** What this machine can do: a bare timer on every second, told to another process. Says how late each was when it was sent. */
function arm(): void {
  const now = Date.now();
  const next = Math.floor(now / 1_000) * 1_000 + 1_000;
  setTimeout(() => {
    // A timer may fire a fraction of a millisecond early.
    if (Date.now() >= next) process.send?.({ second: next });
    arm();
  }, next - now);
}

arm();
