// MessagePack extensions: of types that the client has a codec for, and of codes that it does not know.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ExtData, ExtensionCodec } from "@msgpack/msgpack";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";
import { collect, connect as connectTo, connectMany, failsWith, streamOf } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { JSON_WAYS, WAYS, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/extensions`;

/** The code of points, a type of this program. */
const POINT = 7;

class Point {
  constructor(x, y) {
    Object.assign(this, { x, y });
  }
}

/** The client's own codec, which knows timestamps, and points beside them. */
function codec() {
  const codec = new ExtensionCodec();
  codec.register({
    type: POINT,
    encode: (value) => (value instanceof Point ? new Uint8Array(new Float64Array([value.x, value.y]).buffer) : null),
    decode: (data) => new Point(...new Float64Array(data.slice().buffer)),
  });
  return codec;
}

const points = [new Point(1, 2), new Point(-0.5, 1e300), new Point(0, 0)];

/** Extensions of other codes, of each size that has a header of its own. */
const unknown = [0, 1, 2, 3, 4, 8, 16, 17, 255, 256, 20_000].map((size, index) => {
  return new ExtData(100 + index, new Uint8Array(size).fill(index));
});

const BINARY_WAYS = WAYS.filter((way) => way.binary).map((way) => {
  const protocol = () => new MessagePackHubProtocol({ extensionCodec: codec() });
  return { ...way, connecting: { ...way.connecting, protocol } };
});

forEachWay("extensions", (way) => {
  const connect = (t) => connectTo(t, hub, way.connecting);

  test("a type with a codec is given back as that type", async (t) => {
    const connection = await connect(t);
    for (const point of points) assert.deepEqual(await connection.invoke("Echo", point), point);
  });

  test("codes that nobody knows are given back as they came", async (t) => {
    const connection = await connect(t);
    for (const extension of unknown) assert.deepEqual(await connection.invoke("Echo", extension), extension);
  });

  test("a Date is an extension too", async (t) => {
    const connection = await connect(t);
    const date = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789));
    assert.deepEqual(await connection.invoke("Echo", date), date);
  });

  test("they can be parts of objects", async (t) => {
    const connection = await connect(t);
    const labelled = { Label: "all", One: points[0], Many: [null, points[1], unknown[3]] };
    assert.deepEqual(await connection.invoke("EchoLabelled", labelled), labelled);
  });

  test("they can be items of streams, both ways", async (t) => {
    const connection = await connect(t);
    const mixed = [...points, ...unknown.slice(0, 5)];
    assert.deepEqual(await collect(connection, "Stream", mixed), { items: mixed });
    assert.deepEqual(await connection.invoke("Collect", streamOf(mixed)), mixed);
  });

  test("they reach other clients", async (t) => {
    const connections = await connectMany(t, hub, 3, way.connecting);
    await connections[0].invoke("ToAll", points[1]);
    for (const { inbox } of connections) assert.deepEqual(await inbox.next(), points[1]);
  });

  test("they can be asked with and answered", async (t) => {
    const connection = await connect(t);
    connection.on("Ask", ({ x, y }) => new Point(y, x));
    assert.deepEqual(await connection.invoke("Ask", points[0]), new Point(2, 1));
  });

  test("other values are refused and the connection lives", async (t) => {
    const connection = await connect(t);
    for (const value of [5, "text", null, [7, new Uint8Array(3)], new Uint8Array(3)]) {
      await failsWith(connection.invoke("Echo", value), "Failed to invoke 'Echo' due to an error on the server.");
    }
    assert.deepEqual(await connection.invoke("Echo", points[0]), points[0]);
  });
}, BINARY_WAYS);

forEachWay("extensions", (way) => {
  test("they are arrays of a code and base64", async (t) => {
    const connection = await connectTo(t, hub, way.connecting);
    assert.deepEqual(await connection.invoke("Echo", [5, "AAEC"]), [5, "AAEC"]);
    assert.deepEqual(await collect(connection, "Stream", [[0, ""], [-1, "/w=="]]), { items: [[0, ""], [-1, "/w=="]] });
  });
}, JSON_WAYS);
