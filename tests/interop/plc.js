"use strict";
// A PLC of another stack, driven by the tests: tags whose values and qualities the tests set, and which
// clients write. Every write by a client is told as an event.

const opcua = require("node-opcua");
const { send, serve } = require("./commands.js");
const { plain, toVariant } = require("./values.js");

let server = null;
let started = null; // what `start` was given
let program = null; // the timer of `play`
let tellsWrites = true;
const tags = new Map();
const faults = new Map(); // of tags that the program writes, by name
let skew = 0; // s by which the program's timestamps are ahead

function addTag(namespace, parent, { name, type, value, writable = false, unit = null, range = null }) {
  const options = {
    componentOf: parent,
    browseName: name,
    nodeId: `s=${name}`,
    dataType: type,
    valueRank: Array.isArray(value) ? 1 : -1,
    minimumSamplingInterval: 10,
    accessLevel: writable ? "CurrentRead | CurrentWrite" : "CurrentRead",
    userAccessLevel: writable ? "CurrentRead | CurrentWrite" : "CurrentRead",
  };
  const variable =
    range === null
      ? namespace.addVariable(options)
      : namespace.addAnalogDataItem({
          ...options,
          engineeringUnitsRange: { low: range[0], high: range[1] },
          ...(unit ? { engineeringUnits: opcua.standardUnits[unit] } : {}),
        });
  variable.setValueFromSource(toVariant({ type, value }), opcua.StatusCodes.Good, new Date());
  variable.on("value_changed", (dataValue) => told(name, dataValue));
  tags.set(name, { variable, type, setting: false });
}

// The library tells of every change; the tests' own ones, which `set` makes, are no news to them.
function told(name, dataValue) {
  const tag = tags.get(name);
  if (tag === undefined || tag.setting || !tellsWrites) return;
  send({
    event: "written",
    tag: name,
    value: plain(dataValue.value.value),
    status: dataValue.statusCode.name,
    source_timestamp: dataValue.sourceTimestamp?.toISOString() ?? null,
  });
}

async function start(given) {
  const { namespace_uri: uri, tags: wanted, port = 0, policies = ["None"], folder, users = null } = given;
  const serverCertificateManager = new opcua.OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: true,
  });
  await serverCertificateManager.initialize();
  const secure = policies.some((policy) => policy !== "None");
  server = new opcua.OPCUAServer({
    port,
    hostname: "127.0.0.1",
    serverCertificateManager,
    userCertificateManager: serverCertificateManager,
    allowAnonymous: users === null,
    securityPolicies: policies.map((policy) => opcua.SecurityPolicy[policy]),
    securityModes: [
      ...(policies.includes("None") ? [opcua.MessageSecurityMode.None] : []),
      ...(secure ? [opcua.MessageSecurityMode.Sign, opcua.MessageSecurityMode.SignAndEncrypt] : []),
    ],
    userManager: { isValidUser: (name, password) => users !== null && users[name] === password },
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  for (const other of given.namespaces_before ?? []) addressSpace.registerNamespace(other);
  const namespace = addressSpace.registerNamespace(uri);
  const parent = namespace.addFolder("ObjectsFolder", { browseName: "Plc" });
  for (const tag of wanted) addTag(namespace, parent, tag);
  await server.start();
  started = { ...given, port: server.endpoints[0].port };
  return { endpoint: server.getEndpointUrl(), port: server.endpoints[0].port };
}

function set({ tag: name, value, status = "Good", source_timestamp: source = null }) {
  const tag = tags.get(name);
  tag.setting = true;
  const variant = toVariant({ type: tag.type, value });
  tag.variable.setValueFromSource(variant, opcua.StatusCodes[status], source ? new Date(source) : new Date());
  tag.setting = false;
}

function has({ tag }) {
  return tags.has(tag);
}

function get({ tag: name }) {
  const dataValue = tags.get(name).variable.readValue();
  return { value: plain(dataValue.value.value), status: dataValue.statusCode.name };
}

// As a download to a PLC does: the tag is gone until it is added again.
function remove({ tag: name }) {
  server.engine.addressSpace.deleteNode(tags.get(name).variable);
  tags.delete(name);
}

function add({ namespace_uri: uri, tag }) {
  const { addressSpace } = server.engine;
  const namespace = addressSpace.getNamespace(uri);
  addTag(namespace, addressSpace.rootFolder.objects.getFolderElementByName("Plc"), tag);
}

// The PLC's program: every tag of `values` gets a value near its own at each scan, all of one time; `heartbeat`
// counts. Writes of clients are no longer told, as they are many.
function play({ values, heartbeat, period }) {
  tellsWrites = false;
  let count = 0;
  program = setInterval(() => {
    if (server === null) return;
    const now = new Date(Date.now() + skew * 1000).toISOString();
    count += 1;
    for (const [tag, value] of Object.entries(values)) {
      if (tags.has(tag)) scan(tag, value * (1 + 0.002 * (Math.random() - 0.5)), now);
    }
    if (tags.has(heartbeat)) set({ tag: heartbeat, value: count });
  }, period * 1000);
}

function scan(tag, value, now) {
  const fault = faults.get(tag);
  switch (fault?.kind) {
    case "Stale":
      return;
    case "Frozen":
      fault.value ??= value;
      return set({ tag, value: fault.value, source_timestamp: now });
    case "Drift":
      fault.moved = (fault.moved ?? 0) + fault.magnitude;
      return set({ tag, value: value + fault.moved, source_timestamp: now });
    case "BadQuality":
      return set({ tag, value, status: "BadNoCommunication", source_timestamp: now });
    case "UncertainQuality":
      return set({ tag, value, status: "UncertainLastUsableValue", source_timestamp: now });
    default:
      return set({ tag, value, source_timestamp: now });
  }
}

// Disturbs a tag of the program until it is called without a kind.
function disturb({ tag, kind = null, magnitude = 0 }) {
  if (kind === null) faults.delete(tag);
  else faults.set(tag, { kind, magnitude });
}

function setClock({ ahead }) {
  skew = ahead;
}

// Away for so many seconds, as by a download; answered at once.
function restart({ pause, namespaces_before: before = [] }) {
  const again = { ...started, namespaces_before: before };
  setTimeout(async () => {
    await stop();
    setTimeout(() => start(again), pause * 1000);
  }, 0);
}

async function stop() {
  if (server === null) return;
  const stopping = server;
  server = null;
  tags.clear();
  await stopping.shutdown(0);
}

async function end() {
  clearInterval(program);
  await stop();
}

serve({ start, set, get, has, add, remove, stop, play, disturb, setClock, restart }, end);
