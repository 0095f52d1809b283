// How a connection comes about and what the hub knows of it.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { HttpTransportType } from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";
import { client, connect as connectTo, inbox } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { WAYS, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire`;
const binary = { protocol: () => new MessagePackHubProtocol() };

describe("connecting", () => {
  for (const path of ["/wire", "/wire-detailed", "/wire-parallel", "/wire-small", "/wire-fast", "/wire-ws", "/wire-v1"]) {
    test(`${path} takes a negotiated WebSocket`, async (t) => {
      const connection = await connectTo(t, server.url + path);
      assert.equal(await connection.invoke("Echo", path), path);
    });
  }

  const choices = [
    ["/wire", {}, "WebSockets"],
    ["/wire", binary, "WebSockets"],
    ["/wire-sse", {}, "ServerSentEvents"],
    ["/wire-lp", {}, "LongPolling"],
    ["/wire-lp", binary, "LongPolling"],
  ];
  for (const [path, protocol, transport] of choices) {
    test(`${path} gives ${transport} to ${protocol === binary ? "MessagePack" : "JSON"}`, async (t) => {
      const connection = await connectTo(t, server.url + path, { transport: undefined, ...protocol });
      assert.equal((await connection.invoke("WhoAmI"))[protocol === binary ? "Transport" : "transport"], transport);
    });
  }

  test("without WebSockets, text goes over Server-Sent Events and binary over long polling", async (t) => {
    for (const [protocol, transport] of [[{}, "ServerSentEvents"], [binary, "LongPolling"]]) {
      const connection = client(t, `${server.url}/testhub-nowebsockets`, { transport: undefined, ...protocol });
      await connection.start();
      assert.equal(await connection.invoke("GetActiveTransportName"), transport);
    }
  });

  test("Server-Sent Events carry no binary protocol", async (t) => {
    const connection = client(t, `${server.url}/wire-sse`, { transport: HttpTransportType.ServerSentEvents, ...binary });
    await assert.rejects(connection.start(), /'ServerSentEvents' does not support Binary/);
  });

  for (const path of ["/wire-ws", "/wire-sse", "/wire-lp"]) {
    test(`${path} refuses the other transports`, async (t) => {
      const own = { "/wire-ws": "WebSockets", "/wire-sse": "ServerSentEvents", "/wire-lp": "LongPolling" }[path];
      for (const { transport, connecting } of WAYS.filter(({ transport }) => transport !== own)) {
        await assert.rejects(client(t, server.url + path, connecting).start(), Error, transport);
      }
    });
  }

  for (const way of WAYS.filter(({ transport }) => transport === "WebSockets")) {
    test(`negotiation can be skipped, ${way.name}`, async (t) => {
      const connection = await connectTo(t, hub, { ...way.connecting, skipNegotiation: true });
      assert.match((await whoAmI(connection)).connectionId, /^[\w-]{22}$/);
    });
  }
});

forEachWay("connecting", (way) => {
  const connect = (t, path = "/wire", options) => connectTo(t, server.url + path, { ...way.connecting, ...options });

  test("the connection id is the hub's, the transport the client's choice", async (t) => {
    const connection = await connect(t);
    assert.match(connection.connectionId, /^[\w-]{22}$/);
    const { connectionId, transport } = await whoAmI(connection);
    assert.deepEqual([connectionId, transport], [connection.connectionId, way.transport]);
  });

  test("a path without a hub refuses", async (t) => {
    await assert.rejects(client(t, `${server.url}/nothing-here`, way.connecting).start(), /404/);
  });

  test("a connection can be stopped and started again, with another id", async (t) => {
    const connection = await connect(t);
    const first = connection.connectionId;
    await connection.stop();
    await connection.start();
    assert.notEqual(connection.connectionId, first);
    assert.equal(await connection.invoke("Echo", "again"), "again");
  });

  test("a negotiation that points elsewhere is followed, with the token it gives", async (t) => {
    const { user } = await whoAmI(await connect(t, "/negotiate-redirect"));
    assert.equal(user, "redirected");
  });

  test("the hub can greet the caller", async (t) => {
    const connection = client(t, `${hub}?hello=1`, way.connecting);
    const welcomes = inbox(connection, "Welcome");
    await connection.start();
    assert.equal(await welcomes.next(), connection.connectionId);
  });

  test("an error closes the connection without telling why", async (t) => {
    assert.match(await ending(client(t, `${hub}?failConnect=1`, way.connecting)), /Connection closed with an error\.$/);
  });

  test("an error meant for the caller closes the connection and is told", async (t) => {
    const end = await ending(client(t, `${hub}?failConnectHub=1`, way.connecting));
    assert.match(end, /Connection closed with an error\. HubException: connect refused$/);
  });

  test("the hub can abort, without an error", async (t) => {
    assert.doesNotMatch(await ending(client(t, `${hub}?abortConnect=1`, way.connecting)), /Server returned an error/);
  });
});

forEachWay("what the hub knows", (way) => {
  const connect = (t, path = "/wire", options) => connectTo(t, server.url + path, { ...way.connecting, ...options });

  test("an anonymous caller has no name and no roles", async (t) => {
    const { user, name, roles } = await whoAmI(await connect(t));
    assert.deepEqual({ user, name, roles }, { user: null, name: null, roles: [] });
  });

  for (const skipNegotiation of way.transport === "WebSockets" ? [false, true] : [false]) {
    test(`the access token signs in (${skipNegotiation ? "without" : "with"} negotiation)`, async (t) => {
      const connection = await connect(t, "/wire", { skipNegotiation, accessTokenFactory: () => "ann:admin,editor" });
      const { user, name, roles } = await whoAmI(connection);
      assert.deepEqual({ user, name, roles }, { user: "ann", name: "ann", roles: ["admin", "editor"] });
    });
  }

  test("an access token in the address signs in, as a browser sends it", async (t) => {
    assert.equal((await whoAmI(await connect(t, "/wire?access_token=bob"))).user, "bob");
  });

  test("headers and query of the request", async (t) => {
    const connection = await connect(t, "/wire?colour=dark%20red", { headers: { "X-Trace": "42" } });
    assert.equal(await connection.invoke("Header", "x-trace"), "42");
    assert.equal(await connection.invoke("Header", "x-none"), null);
    assert.equal(await connection.invoke("Query", "colour"), "dark red");
    assert.equal(await connection.invoke("Query", "none"), null);
  });

  test("items belong to one connection and last as long as it", async (t) => {
    const [one, other] = [await connect(t), await connect(t)];
    await one.invoke("SetItem", "key", "value");
    assert.equal(await one.invoke("GetItem", "key"), "value");
    assert.equal(await other.invoke("GetItem", "key"), null);
  });
});

forEachWay("who may", (way) => {
  const connect = (t, path, token) => connectTo(t, server.url + path, { ...way.connecting, accessTokenFactory: () => token });

  test("only a signed-in user connects to a guarded hub", async (t) => {
    await assert.rejects(client(t, `${server.url}/wire-auth`, way.connecting).start(), /401/);
    assert.equal((await whoAmI(await connect(t, "/wire-auth", "ann"))).user, "ann");
  });

  test("a connection ends with its user's sign-in", async (t) => {
    const connection = await connect(t, "/wire-expire", "ann::1");
    assert.equal(await connection.invoke("Echo", "signed in"), "signed in");
    assert.equal(await connection.closed, undefined);
  });
});

/** What the hub knows of a connection, under the names of JSON. */
async function whoAmI(connection) {
  const identity = Object.entries(await connection.invoke("WhoAmI"));
  return Object.fromEntries(identity.map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]));
}

/** How `connection` ends: the error's text, from its start or its close; "" without one. */
async function ending(connection) {
  const started = connection.start().then(() => connection.closed);
  const error = await started.catch((failure) => failure);
  return error?.message ?? "";
}
