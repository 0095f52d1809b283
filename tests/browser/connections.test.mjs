// How pages connect to a server of another origin, what they send with it, and how connections end and come back.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { conformanceServer } from "../interop/server.mjs";
import { WAYS, startPages } from "./pages.mjs";

const { server, proxy, site, page, open, stop } = await startPages();
after(stop);
await page.tab.exposeFunction("cut", () => proxy.cut());
await page.tab.context().addCookies([{ name: "flavour", value: "ginger", url: server.url }]);

const ANY = { transport: undefined, name: "whatever the client chooses" };
const CHOICES = [
  { ...ANY, binary: false, name: "JSON", without: "ServerSentEvents" },
  { ...ANY, binary: true, name: "MessagePack", without: "LongPolling" },
];

describe("the choice of a transport", () => {
  for (const way of CHOICES) {
    test(`${way.name} goes over WebSockets, and over ${way.without} where the server has none`, async () => {
      const transports = await page.run(way, async (client) => {
        const anything = await client.connect();
        const nothing = client.client("/testhub-nowebsockets");
        await nothing.start();
        return [(await client.whoAmI(anything)).transport, await nothing.invoke("GetActiveTransportName")];
      });
      assert.deepEqual(transports, ["WebSockets", way.without]);
    });

    test(`${way.name} goes over ${way.without} where WebSockets do not get through`, async () => {
      const transport = await page.run(way, async (client) => {
        const Blocked = class extends WebSocket {
          constructor(url, protocols) {
            super(url.replace("/wire?", "/nothing-here?"), protocols);
          }
        };
        return (await client.whoAmI(await client.connect("/wire", { WebSocket: Blocked }))).transport;
      });
      assert.equal(transport, way.without);
    });
  }

  test("Server-Sent Events carry no MessagePack", async () => {
    const way = { name: "MessagePack over Server-Sent Events", transport: "ServerSentEvents", binary: true };
    const failure = await page.run(way, (client) => client.failure(client.connect()));
    assert.match(failure, /'ServerSentEvents' does not support Binary/);
  });

  for (const way of WAYS.filter(({ transport }) => transport === "WebSockets")) {
    test(`a negotiation can be skipped, ${way.name}`, async () => {
      const user = await page.run(way, async (client) => {
        const connection = await client.connect("/wire", { skipNegotiation: true, accessTokenFactory: () => "ann" });
        return (await client.whoAmI(connection)).user;
      });
      assert.equal(user, "ann");
    });
  }
});

describe("what is on the wire", () => {
  for (const way of WAYS.filter(({ transport }) => transport === "WebSockets")) {
    test(`frames are ${way.binary ? "binary" : "text"}, ${way.name}`, async () => {
      const { binaryType, sent, received } = await page.run(way, async (client) => {
        const sockets = [];
        const Recording = class extends WebSocket {
          sent = new Set();
          received = new Set();
          constructor(...options) {
            super(...options);
            sockets.push(this);
            this.addEventListener("message", ({ data }) => this.received.add(data.constructor.name));
          }
          send(data) {
            this.sent.add(data.constructor.name);
            super.send(data);
          }
        };
        const connection = await client.connect("/wire", { WebSocket: Recording });
        await connection.invoke("Echo", "ü");
        const [{ binaryType, sent, received }] = sockets;
        return { binaryType, sent: [...sent], received: [...received] };
      });
      assert.equal(binaryType, way.binary ? "arraybuffer" : "blob");
      // The handshake is text in both, in a frame of the protocol's kind.
      assert.deepEqual(received, [way.binary ? "ArrayBuffer" : "String"]);
      assert.deepEqual(sent, way.binary ? ["String", "ArrayBuffer"] : ["String"]);
    });
  }

  test("events are asked for and answered as such", async () => {
    const way = WAYS.find(({ transport }) => transport === "ServerSentEvents");
    const answer = page.tab.waitForResponse((response) => response.url().includes("/wire?id=") && response.request().method() === "GET");
    const accepted = await page.run(way, async (client) => (await client.connect()).invoke("Header", "Accept"));
    assert.equal(accepted, "text/event-stream");
    assert.match((await answer).headers()["content-type"], /^text\/event-stream/);
  });

  for (const way of WAYS.filter(({ transport }) => transport === "LongPolling")) {
    test(`polls are answered by ${way.binary ? "bytes" : "text"}, ${way.name}`, async () => {
      const types = [];
      const note = (response) => response.request().method() === "GET" && response.status() === 200 && types.push(response.headers()["content-type"]);
      page.tab.on("response", note);
      await page.run(way, async (client) => (await client.connect()).invoke("Echo", "x"));
      page.tab.off("response", note);
      assert.ok(types.length > 0);
      assert.deepEqual([...new Set(types)], ["application/octet-stream"]);
    });
  }
});

for (const way of WAYS) {
  const inHeader = way.transport === "LongPolling";

  describe(`users and origins, ${way.name}`, () => {
    test(`an access token goes in ${inHeader ? "a header" : "the address"} and signs in`, async () => {
      const knows = await page.run(way, async (client) => {
        const connection = await client.connect("/wire", { accessTokenFactory: async () => "ann:admin,editor" });
        const { user, roles } = await client.whoAmI(connection);
        return [user, roles, await connection.invoke("AdminOnly"), await connection.invoke("Header", "Authorization"), await connection.invoke("Query", "access_token")];
      });
      const token = "ann:admin,editor";
      assert.deepEqual(knows, ["ann", ["admin", "editor"], "admin", ...(inHeader ? [`Bearer ${token}`, null] : [null, token])]);
    });

    test("a guarded hub takes those who sign in, and no others", async () => {
      const [failure, user] = await page.run(way, async (client) => [
        await client.failure(client.connect("/wire-auth")),
        (await client.whoAmI(await client.connect("/wire-auth", { accessTokenFactory: () => "ann" }))).user,
      ]);
      assert.match(failure, /Status code '401'/);
      assert.equal(user, "ann");
    });

    test("the hub knows the page's origin", async () => {
      assert.equal(await page.run(way, async (client) => (await client.connect()).invoke("Header", "Origin")), site.url);
    });

    test("cookies go with the requests unless the page says otherwise", async () => {
      const cookies = await page.run(way, async (client) => {
        const connections = [await client.connect(), await client.connect("/wire", { withCredentials: false })];
        return Promise.all(connections.map((connection) => connection.invoke("Header", "Cookie")));
      });
      // No page can tell a WebSocket to go without.
      assert.deepEqual(cookies, ["flavour=ginger", way.transport === "WebSockets" ? "flavour=ginger" : null]);
    });

    test("a page of an origin that is not allowed cannot negotiate", async () => {
      const stranger = await open(`http://stranger.localhost:${site.port}`);
      const failure = await stranger.run(way, (client) => client.failure(client.connect()));
      assert.match(failure, /Failed to complete negotiation with the server: TypeError: Failed to fetch/);
      await stranger.tab.close();
    });
  });

  const cuttable = (body) => page.run(way, body, undefined, proxy.url);

  describe(`ending and coming back, ${way.name}`, () => {
    test("what a stopped server ended comes back when it is started again, with another id", async (t) => {
      const before = await conformanceServer();
      const client = await page.start(way, before.url);
      const first = await client.evaluate(async (client) => {
        client.lost = await client.connect("/wire", { reconnect: true });
        client.coming = client.back(client.lost);
        return client.lost.connectionId;
      });
      await before.stop();
      const again = await conformanceServer(before.port);
      t.after(() => again.stop());
      assert.notEqual(await client.evaluate((client) => client.coming), first);
      assert.equal(await client.evaluate((client) => client.lost.invoke("Echo", "back")), "back");
      await client.evaluate((client) => client.close());
    });

    if (way.transport === "LongPolling") {
      // Chromium repeats a request when the connection it was kept for is lost before an answer.
      test("a poll that was cut is repeated, and nobody notices", async () => {
        const answer = await cuttable(async (client) => {
          const connection = await client.connect();
          for (let round = 0; round < 3; round++) {
            await cut();
            await connection.invoke("Echo", "still here");
          }
          return [await connection.invoke("Echo", "here"), connection.connectionId === (await client.whoAmI(connection)).connectionId];
        });
        assert.deepEqual(answer, ["here", true]);
      });
    } else {
      test("what was cut comes back by itself, with another id", async () => {
        const [answer, same] = await cuttable(async (client) => {
          const connection = await client.connect("/wire", { reconnect: true });
          const first = connection.connectionId;
          const back = client.back(connection);
          await cut();
          const second = await back;
          return [await connection.invoke("Echo", "back"), first === second];
        });
        assert.deepEqual([answer, same], ["back", false]);
      });

      test("a stream that was cut fails, and the next one runs", async () => {
        const [failure, next] = await cuttable(async (client) => {
          const connection = await client.connect("/wire", { reconnect: true });
          const back = client.back(connection);
          const failure = await new Promise((resolve) => {
            const next = (number) => number === 3 && cut();
            connection.stream("Infinite").subscribe({ next, complete: () => resolve("no failure"), error: ({ message }) => resolve(message) });
          });
          await back;
          return [failure, await client.collect(connection, "Counter", 3, 0)];
        });
        assert.notEqual(failure, "no failure");
        assert.deepEqual(next, { items: [0, 1, 2] });
      });

      test("without automatic reconnect the page learns of the cut", async () => {
        const [call, state] = await cuttable(async (client) => {
          const connection = await client.connect();
          const call = client.failure(connection.invoke("Slow", 60_000, "late"));
          await cut();
          await client.within(connection.closed, "the close");
          return [await call, connection.state];
        });
        assert.notEqual(call, "no failure");
        assert.equal(state, "Disconnected");
      });
    }

    test("a hub that aborts ends the connection for good, without an error", async () => {
      const [error, state] = await page.run(way, async (client) => {
        const connection = await client.connect("/wire", { reconnect: true });
        await connection.send("Abort");
        return [await client.within(connection.closed, "the close") ?? "none", connection.state];
      });
      assert.deepEqual([error, state], ["none", "Disconnected"]);
    });

    test("a connection that is stopped leaves, and so does one whose tab is closed", async () => {
      const watcher = await page.start(way);
      await watcher.evaluate(async (client) => {
        const connection = await client.connect();
        client.left = client.inbox(connection, "Left");
        await connection.invoke("Join", "watchers");
      });
      const next = () => watcher.evaluate((client) => client.left.next());
      const connected = (client) => client.connect().then(({ connectionId }) => connectionId);

      const stopping = await page.start(way);
      const stopped = await stopping.evaluate(connected);
      await stopping.evaluate((client) => client.close());
      assert.deepEqual(await next(), [stopped, null]);

      // The end of a poll does not tell the server that there will be no other.
      if (way.transport !== "LongPolling") {
        const tab = await open();
        const closed = await (await tab.start(way)).evaluate(connected);
        await tab.tab.close();
        assert.deepEqual(await next(), [closed, null]);
      }
      await watcher.evaluate((client) => client.close());
    });
  });

  if (way.transport !== "WebSockets") continue;

  test(`stateful reconnect loses nothing of a stream, ${way.name}`, async () => {
    const { items, same } = await cuttable(async (client) => {
      const connection = await client.connect("/wire-reconnect", { stateful: true });
      const first = connection.connectionId;
      const items = [];
      await client.within(new Promise((resolve, reject) => {
        const next = (number) => {
          items.push(number);
          if (number % 20 === 10) cut();
        };
        connection.stream("Counter", 60, 10).subscribe({ next, complete: resolve, error: reject });
      }), "the end of the stream");
      return { items, same: connection.connectionId === first };
    });
    assert.deepEqual([items, same], [[...Array(60).keys()], true]);
  });
}

test("nothing was thrown and not caught", () => assert.deepEqual(page.errors, []));
