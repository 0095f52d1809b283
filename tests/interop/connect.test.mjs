// How a connection comes about and what the hub knows of it.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { HttpTransportType } from "@microsoft/signalr";
import { client, connect, inbox } from "./client.mjs";
import { conformanceServer } from "./server.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire`;

describe("connecting", () => {
  for (const path of ["/wire", "/wire-detailed", "/wire-parallel", "/wire-small", "/wire-fast", "/wire-ws", "/wire-v1"]) {
    test(`${path} takes a negotiated WebSocket`, async (t) => {
      const connection = await connect(t, server.url + path);
      assert.equal(await connection.invoke("Echo", path), path);
    });
  }

  test("the transport is the client's choice among the negotiated ones", async (t) => {
    const connection = await connect(t, hub, { transport: undefined });
    assert.equal((await connection.invoke("WhoAmI")).transport, "WebSockets");
  });

  test("the negotiated connection id is the hub's", async (t) => {
    const connection = await connect(t, hub);
    assert.match(connection.connectionId, /^[\w-]{22}$/);
    assert.equal((await connection.invoke("WhoAmI")).connectionId, connection.connectionId);
  });

  test("negotiation can be skipped", async (t) => {
    const connection = await connect(t, hub, { skipNegotiation: true, transport: HttpTransportType.WebSockets });
    assert.match((await connection.invoke("WhoAmI")).connectionId, /^[\w-]{22}$/);
  });

  test("a path without a hub refuses", async (t) => {
    await assert.rejects(client(t, `${server.url}/nothing-here`).start(), /404/);
    await assert.rejects(client(t, `${server.url}/nothing-here`, { skipNegotiation: true }).start(), Error);
  });

  test("a connection can be stopped and started again, with another id", async (t) => {
    const connection = await connect(t, hub);
    const first = connection.connectionId;
    await connection.stop();
    await connection.start();
    assert.notEqual(connection.connectionId, first);
    assert.equal(await connection.invoke("Echo", "again"), "again");
  });
});

describe("on connect", () => {
  test("the hub can greet the caller", async (t) => {
    const connection = client(t, `${hub}?hello=1`);
    const welcomes = inbox(connection, "Welcome");
    await connection.start();
    assert.equal(await welcomes.next(), connection.connectionId);
  });

  test("an error closes the connection without telling why", async (t) => {
    assert.match(await ending(client(t, `${hub}?failConnect=1`)), /Connection closed with an error\.$/);
  });

  test("an error meant for the caller closes the connection and is told", async (t) => {
    assert.match(await ending(client(t, `${hub}?failConnectHub=1`)), /Connection closed with an error\. HubException: connect refused$/);
  });

  test("the hub can abort, without an error", async (t) => {
    assert.doesNotMatch(await ending(client(t, `${hub}?abortConnect=1`)), /Server returned an error/);
  });
});

describe("what the hub knows", () => {
  test("an anonymous caller has no name and no roles", async (t) => {
    const { user, name, roles } = await (await connect(t, hub)).invoke("WhoAmI");
    assert.deepEqual({ user, name, roles }, { user: null, name: null, roles: [] });
  });

  for (const skipNegotiation of [false, true]) {
    test(`the access token signs in (${skipNegotiation ? "without" : "with"} negotiation)`, async (t) => {
      const connection = await connect(t, hub, { skipNegotiation, accessTokenFactory: () => "ann:admin,editor" });
      const { user, name, roles } = await connection.invoke("WhoAmI");
      assert.deepEqual({ user, name, roles }, { user: "ann", name: "ann", roles: ["admin", "editor"] });
    });
  }

  test("an access token in the address signs in, as a browser sends it", async (t) => {
    const connection = await connect(t, `${hub}?access_token=bob`);
    assert.equal((await connection.invoke("WhoAmI")).user, "bob");
  });

  test("headers and query of the request", async (t) => {
    const connection = await connect(t, `${hub}?colour=dark%20red`, { headers: { "X-Trace": "42" } });
    assert.equal(await connection.invoke("Header", "x-trace"), "42");
    assert.equal(await connection.invoke("Header", "x-none"), null);
    assert.equal(await connection.invoke("Query", "colour"), "dark red");
    assert.equal(await connection.invoke("Query", "none"), null);
  });

  test("items belong to one connection and last as long as it", async (t) => {
    const [one, other] = [await connect(t, hub), await connect(t, hub)];
    await one.invoke("SetItem", "key", "value");
    assert.equal(await one.invoke("GetItem", "key"), "value");
    assert.equal(await other.invoke("GetItem", "key"), null);
  });
});

/** How `connection` ends: the error's text, from its start or its close; "" without one. */
async function ending(connection) {
  const started = connection.start().then(() => connection.closed);
  const error = await started.catch((failure) => failure);
  return error?.message ?? "";
}
