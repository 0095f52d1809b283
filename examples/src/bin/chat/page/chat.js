// The page of the chat: one connection, one room at a time.

const $ = (id) => document.getElementById(id);
const { signalR } = globalThis;

/** Lets the server know this guest again when the connection is back before the loss of the old one was noticed. */
const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const guest = { name: "", room: "" };

if (signalR) start();
else showState("disconnected", "The SignalR client could not be loaded: run npm ci in tests/browser, or go online");

function start() {
  const connection = new signalR.HubConnectionBuilder()
    .withUrl("chathub")
    .withAutomaticReconnect({
      // Soon at first, then every ten seconds, for as long as the page is open.
      nextRetryDelayInMilliseconds: ({ previousRetryCount }) => Math.min(250 * 2 ** previousRetryCount, 10_000),
    })
    .build();

  connection.on("Joined", (name, people) => {
    addNotice(name === guest.name ? `You joined ${guest.room}` : `${name} joined`);
    showPeople(people);
  });
  connection.on("Left", (name, people) => {
    addNotice(`${name} left`);
    showPeople(people);
  });
  connection.on("Said", (from, text) => addMessage({ from, text }));
  connection.on("Whispered", (from, to, text) => addMessage({ from, to, text }));

  connection.onreconnecting(() => showState("reconnecting", "Reconnecting…"));
  connection.onreconnected(() => join(connection).catch((error) => giveUp(connection, error)));
  connection.onclose(showEntrance);

  $("entrance").addEventListener("submit", (event) => {
    event.preventDefault();
    enter(connection);
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send(connection);
  });
  $("leave").addEventListener("click", () => connection.stop());
}

async function enter(connection) {
  const button = $("entrance").querySelector("button");
  guest.name = $("name").value.trim();
  guest.room = $("room").value.trim();
  $("refusal").textContent = "";
  $("log").replaceChildren();
  button.disabled = true;
  try {
    showState("connecting", "Connecting…");
    await connection.start();
    await join(connection);
  } catch (error) {
    await giveUp(connection, error);
  } finally {
    button.disabled = false;
  }
}

async function join(connection) {
  await connection.invoke("Join", guest.room, guest.name, key);
  showState("connected", `Connected as ${guest.name}`);
  $("title").textContent = guest.room;
  $("entrance").hidden = true;
  $("chat").hidden = false;
  $("text").focus();
}

async function giveUp(connection, error) {
  await connection.stop();
  showEntrance(error);
}

async function send(connection) {
  const [to, text] = [$("to").value, $("text").value];
  $("problem").textContent = "";
  try {
    await (to ? connection.invoke("Whisper", to, text) : connection.invoke("Say", text));
    $("text").value = "";
  } catch (error) {
    $("problem").textContent = reason(error);
  }
}

/** What the hub said, without what SignalR puts before it. */
function reason(error) {
  return error.message.replace(/^.*HubException: /, "");
}

function showEntrance(error) {
  showState("disconnected", "Not connected");
  $("chat").hidden = true;
  $("entrance").hidden = false;
  if (error) $("refusal").textContent = reason(error);
}

function showState(state, text) {
  $("state").dataset.state = state;
  $("state").textContent = text;
}

function showPeople(people) {
  $("people").replaceChildren(...people.map((name) => element("li", {}, personButton(name))));
  const chosen = $("to").value;
  const others = people.filter((name) => name !== guest.name);
  // Whoever was being written to stays chosen, or a private message might go to everyone.
  if (chosen && !others.includes(chosen)) others.push(chosen);
  $("to").replaceChildren(
    element("option", { value: "", textContent: "Everyone" }),
    ...others.map((name) => element("option", { value: name, textContent: people.includes(name) ? name : `${name} (left)` })),
  );
  $("to").value = chosen;
}

function personButton(name) {
  const own = name === guest.name;
  const button = element("button", { type: "button", textContent: own ? `${name} (you)` : name, disabled: own });
  button.dataset.initial = [...name][0].toUpperCase();
  button.style.setProperty("--hue", [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 0));
  button.title = own ? "" : `Write to ${name} alone`;
  button.addEventListener("click", () => {
    $("to").value = name;
    $("text").focus();
  });
  return button;
}

function addNotice(text) {
  addToLog(element("li", { className: "notice", textContent: text }));
}

function addMessage({ from, to, text }) {
  const own = from === guest.name;
  const who = to ? `${own ? "You" : from} to ${to === guest.name ? "you" : to}, in private` : own ? "You" : from;
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const head = element("div", { className: "who" }, element("span", { textContent: who }), element("time", { textContent: time }));
  const className = ["message", own && "own", to && "private"].filter(Boolean).join(" ");
  addToLog(element("li", { className }, head, element("div", { className: "text", textContent: text })));
}

function addToLog(item) {
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(item);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
