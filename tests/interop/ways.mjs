// The ways to speak with a hub: each protocol over each transport that carries it.
import { describe } from "node:test";
import { HttpTransportType, JsonHubProtocol } from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";

const JSON_TEXT = { protocol: () => new JsonHubProtocol(), binary: false };
const MESSAGE_PACK = { protocol: () => new MessagePackHubProtocol(), binary: true };

/** JSON over WebSockets: what the client takes by itself. */
export const COMMON = way("JSON over WebSockets", "WebSockets", JSON_TEXT);

export const WAYS = [
  COMMON,
  way("MessagePack over WebSockets", "WebSockets", MESSAGE_PACK),
  way("JSON over Server-Sent Events", "ServerSentEvents", JSON_TEXT),
  way("JSON over long polling", "LongPolling", JSON_TEXT),
  way("MessagePack over long polling", "LongPolling", MESSAGE_PACK),
];

/** One way over each transport. */
export const JSON_WAYS = WAYS.filter((way) => !way.binary);

/** Describes `what` once for each of `ways`. */
export function forEachWay(what, body, ways = WAYS) {
  for (const way of ways) describe(`${what}, ${way.name}`, () => body(way));
}

/** `connecting` are the options for a connection, `transport` is the server's name. */
function way(name, transport, protocol) {
  const connecting = { transport: HttpTransportType[transport], protocol: protocol.protocol };
  return { name, transport, binary: protocol.binary, connecting };
}
