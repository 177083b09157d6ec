// GraphiQL on our own endpoint with the session cookie, and the named operations at hand. Asks no other address.
const { React, ReactDOM, GraphiQL } = globalThis;

const WELCOME = `# Named operations are listed on the left: choose one, change its variables, run it (Ctrl-Enter).
query Me {
  me {
    name
    roles
  }
}
`;

/** Sends one operation; a subscription is read as server-sent events and handed on result by result. */
function fetcher(params) {
  return isSubscription(params) ? subscription(params) : operation(params);
}

async function operation(params) {
  const response = await send(params, "application/graphql-response+json, application/json;q=0.9");
  if (response.status === 401) {
    return { errors: [{ message: "Your session has ended. Sign in again, then reload this page." }] };
  }
  return response.json();
}

async function* subscription(params) {
  const response = await send(params, "text/event-stream");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (event.startsWith("event: next") && data) yield JSON.parse(data.slice(6));
    }
  }
}

function send(params, accept) {
  return fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify(params),
  });
}

function isSubscription({ query, operationName }) {
  const found = [...query.matchAll(/^\s*(query|mutation|subscription)\b\s*(\w+)?/gm)];
  const chosen = operationName ? found.find((match) => match[2] === operationName) : found[0];
  return chosen?.[1] === "subscription";
}

const root = ReactDOM.createRoot(document.getElementById("graphiql"));

/** Shows an operation in the editor: a new key gives GraphiQL a fresh start with this text. */
function show(named) {
  root.render(
    React.createElement(GraphiQL, {
      key: named?.name ?? "welcome",
      fetcher,
      query: named?.text ?? WELCOME,
      variables: named ? JSON.stringify(named.variables, null, 2) : "",
      defaultEditorToolsVisibility: "variables",
      shouldPersistHeaders: false,
    }),
  );
}

function list(operations, words) {
  const place = document.getElementById("operation-list");
  place.replaceChildren();
  const wanted = operations.filter((one) => `${one.name} ${one.area} ${one.description}`.toLowerCase().includes(words));
  let area = null;
  for (const one of wanted) {
    if (one.area !== area) {
      area = one.area;
      place.append(Object.assign(document.createElement("h2"), { textContent: area.replaceAll("_", " ") }));
    }
    place.append(entry(one));
  }
  if (!wanted.length) place.append(Object.assign(document.createElement("p"), { textContent: "None." }));
}

function entry(one) {
  const button = Object.assign(document.createElement("button"), { type: "button", title: one.description, textContent: one.name });
  if (one.kind !== "query") button.append(" ", Object.assign(document.createElement("span"), { className: "kind", textContent: one.kind }));
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("#operation-list button")) other.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    location.hash = one.name;
    show(one);
  });
  return button;
}

async function start() {
  let operations = [];
  try {
    const response = await fetch("/graphql/operations", { credentials: "same-origin" });
    if (response.ok) operations = await response.json();
  } catch {
    // the list is a convenience: GraphiQL works without it
  }
  const search = document.getElementById("operation-search");
  search.addEventListener("input", () => list(operations, search.value.trim().toLowerCase()));
  list(operations, "");
  show(operations.find((one) => one.name === location.hash.slice(1)));
}

await start();
