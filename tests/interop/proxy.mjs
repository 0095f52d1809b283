// A TCP proxy between a client and a server, to break what is between them.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Starts a proxy to the server at `target`. */
export async function startProxy(target) {
  const { hostname, port } = new URL(target);
  const pairs = new Set();
  const listener = createServer((client) => {
    const server = connect(port, hostname);
    const pair = { client, server };
    pairs.add(pair);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) {
      socket.on("error", () => {}); // a reset connection is what the tests want
      socket.on("close", () => {
        pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${listener.address().port}`,
    /** Drops every connection. */
    cut: () => pairs.forEach(({ client }) => client.destroy()),
    /** Keeps the connections, but lets nothing more of the clients through. */
    silenceClients: () => pairs.forEach(({ client, server }) => client.unpipe(server).resume()),
    close() {
      this.cut();
      listener.close();
    },
  };
}
