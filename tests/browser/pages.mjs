// Pages in Chromium that talk to the conformance server, which is of another origin than they are.
import { conformanceServer } from "../interop/server.mjs";
import { startProxy } from "../interop/proxy.mjs";
import { within } from "../interop/arrivals.mjs";
import { openBrowser } from "./browser.mjs";
import { startSite } from "./site.mjs";

/** Each protocol over each transport that carries it. */
export const WAYS = [
  { name: "JSON over WebSockets", transport: "WebSockets", binary: false },
  { name: "MessagePack over WebSockets", transport: "WebSockets", binary: true },
  { name: "JSON over Server-Sent Events", transport: "ServerSentEvents", binary: false },
  { name: "JSON over long polling", transport: "LongPolling", binary: false },
  { name: "MessagePack over long polling", transport: "LongPolling", binary: true },
];

/** Starts all that the tests of a file need. */
export async function startPages() {
  const [server, site, browser] = await Promise.all([conformanceServer(), startSite(), openBrowser()]);
  const proxy = await startProxy(server.url);
  const open = (url = site.url) => Page.open(browser, url, server.url);
  const stop = () => Promise.all([browser.close(), site.close(), proxy.close(), server.stop()]);
  return { server, proxy, site, page: await open(), open, stop };
}

/** A page with the official client in it. */
export class Page {
  /** What was thrown and not caught. */
  errors = [];
  #server;

  static async open(browser, url, server) {
    const tab = await browser.newPage();
    const page = new Page(tab, server);
    await tab.goto(url);
    await tab.waitForFunction(() => "Client" in globalThis);
    return page;
  }

  constructor(tab, server) {
    this.tab = tab;
    this.#server = server;
    tab.on("pageerror", (error) => this.errors.push(error.message));
  }

  /**
   * Runs `body` in the page and gives what it returns. Its arguments are a `Client` for `way`, whose connections end
   * with it, and `argument`; it sees nothing else of the test.
   */
  async run(way, body, argument, server = this.#server) {
    const client = await this.start(way, server);
    try {
      return await within(client.evaluate(body, argument), `the page, ${way.name}`);
    } finally {
      await client.evaluate((client) => client.close());
      await client.dispose();
    }
  }

  /** A `Client` in the page that stays until its `close`. */
  start(way, server = this.#server) {
    return this.tab.evaluateHandle((way) => new Client(way), { ...way, server });
  }
}
