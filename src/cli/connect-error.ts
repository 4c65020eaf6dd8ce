/** grpc-js wraps what the system said in words of its own. */
export function connectError(message: string): string {
  return /connect E[A-Z]+|getaddrinfo E[A-Z_]+/.exec(message)?.[0] ?? message;
}
