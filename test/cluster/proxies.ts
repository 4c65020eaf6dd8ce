import type { TcpProxy } from "../faults/proxy.js";
import type { ClusterStore } from "./store.js";

/** What can be done to servers that reach their store by a proxy each. */
export function behindProxies(proxies: readonly TcpProxy[]): Required<Pick<ClusterStore, "away" | "cut">> {
  return {
    away: () => {
      for (const proxy of proxies) proxy.down();
      return () => {
        for (const proxy of proxies) proxy.up();
      };
    },
    cut: (n) => {
      const proxy = proxies[n];
      // Half the time nothing says that the connection is gone.
      if (Math.random() < 0.5) {
        proxy?.swallow();
        return () => proxy?.pass();
      }
      proxy?.down();
      return () => proxy?.up();
    },
  };
}
