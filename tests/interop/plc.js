"use strict";
// A PLC of another stack, driven by the tests: tags whose values and qualities the tests set, and which
// clients write. Every write by a client is told as an event.

const opcua = require("node-opcua");
const { send, serve } = require("./commands.js");
const { plain, toVariant } = require("./values.js");

let server = null;
const tags = new Map();

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
  if (tag === undefined || tag.setting) return;
  send({
    event: "written",
    tag: name,
    value: plain(dataValue.value.value),
    status: dataValue.statusCode.name,
    source_timestamp: dataValue.sourceTimestamp?.toISOString() ?? null,
  });
}

async function start({ namespace_uri: uri, tags: wanted, port = 0, policies = ["None"], folder, users = null }) {
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
  const namespace = addressSpace.registerNamespace(uri);
  const parent = namespace.addFolder("ObjectsFolder", { browseName: "Plc" });
  for (const tag of wanted) addTag(namespace, parent, tag);
  await server.start();
  return { endpoint: server.getEndpointUrl(), port: server.endpoints[0].port };
}

function set({ tag: name, value, status = "Good", source_timestamp: source = null }) {
  const tag = tags.get(name);
  tag.setting = true;
  const variant = toVariant({ type: tag.type, value });
  tag.variable.setValueFromSource(variant, opcua.StatusCodes[status], source ? new Date(source) : new Date());
  tag.setting = false;
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

async function stop() {
  if (server === null) return;
  const stopping = server;
  server = null;
  tags.clear();
  await stopping.shutdown(0);
}

serve({ start, set, get, add, remove, stop }, stop);
