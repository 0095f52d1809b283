// What the cases of client.test.mjs use inside the page.
import { collect, inbox, itemsOf, within } from "/arrivals.mjs";

const { HttpTransportType, HubConnectionBuilder, JsonHubProtocol, LogLevel, Subject } = signalR;
const { MessagePackHubProtocol } = signalR.protocols.msgpack;

/** Connections to one server over one transport in one protocol. */
window.Client = class Client {
  #connections = [];

  constructor({ server, transport, binary }) {
    Object.assign(this, { server, transport, binary });
  }

  /** A connection that is not started. */
  client(path, { reconnect, stateful, ...options } = {}) {
    const transport = HttpTransportType[this.transport];
    const builder = new HubConnectionBuilder()
      .withUrl(this.server + path, { transport, ...options })
      .withHubProtocol(this.binary ? new MessagePackHubProtocol() : new JsonHubProtocol())
      .configureLogging(LogLevel.None);
    if (reconnect) builder.withAutomaticReconnect(Array(50).fill(100));
    if (stateful) builder.withStatefulReconnect();
    const connection = builder.build();
    connection.inbox = inbox(connection, "Receive");
    connection.closed = new Promise((resolve) => connection.onclose(resolve));
    this.#connections.push(connection);
    return connection;
  }

  /** A started connection that sends reach. */
  async connect(path = "/wire", options) {
    const connection = this.client(path, options);
    await connection.start();
    await connection.invoke("Nothing");
    return connection;
  }

  /** What the hub knows of `connection`, under the names of JSON. */
  async whoAmI(connection) {
    const identity = Object.entries(await connection.invoke("WhoAmI"));
    return Object.fromEntries(identity.map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]));
  }

  /** The text of the error that `promise` fails with. */
  failure(promise) {
    return promise.then(() => "no failure", ({ message }) => message);
  }

  /** A stream of this page; its items go out once a call has taken it. */
  streamOf(items) {
    const subject = new Subject();
    setTimeout(() => {
      for (const item of items) subject.next(item);
      subject.complete();
    });
    return subject;
  }

  /** Waits until `connection` was lost and is back. */
  async back(connection) {
    await within(new Promise((resolve) => connection.onreconnecting(resolve)), "the loss of the connection");
    return within(new Promise((resolve) => connection.onreconnected(resolve)), "the reconnect");
  }

  /** Stops all connections. */
  close() {
    return Promise.all(this.#connections.map((connection) => connection.stop()));
  }
};

Object.assign(Client.prototype, { collect, inbox, itemsOf, within, newSubject: () => new Subject() });
