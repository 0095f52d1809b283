// A site with one page, which loads the official JavaScript client as its packages hold it for browsers.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const PACKAGES = "node_modules/@microsoft";
const FILES = {
  "/": ["text/html", "page/index.html"],
  "/client.js": ["text/javascript", "page/client.js"],
  "/arrivals.mjs": ["text/javascript", "../interop/arrivals.mjs"],
  "/signalr.js": ["text/javascript", `${PACKAGES}/signalr/dist/browser/signalr.min.js`],
  "/signalr-protocol-msgpack.js": ["text/javascript", `${PACKAGES}/signalr-protocol-msgpack/dist/browser/signalr-protocol-msgpack.min.js`],
};

/** Starts the site; it answers whatever name of this machine it is asked by. */
export async function startSite() {
  const listener = createServer(async (request, response) => {
    const [type, path] = FILES[request.url] ?? [];
    if (!path) return response.writeHead(404).end();
    response.setHeader("Content-Type", type);
    response.end(await readFile(fileURLToPath(new URL(path, import.meta.url))));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close() {
      listener.close();
      listener.closeAllConnections();
    },
  };
}
