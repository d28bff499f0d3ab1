"use strict";
// A client of another stack, driven by the tests. Nodes are named by URI: "nsu=<uri>;s=…", or "i=…".

const { readFileSync } = require("node:fs");

const opcua = require("node-opcua");
const { alarmCommands } = require("./alarms.js");
const { attributeCommands } = require("./attributes.js");
const { historyCommands } = require("./history.js");
const { send, serve } = require("./commands.js");
const { dataValue, plain, toDataValue, toVariant } = require("./values.js");

let client = null;
let session = null;
let namespaces = [];
const subscriptions = new Map();

function node(text) {
  const named = /^nsu=([^;]+);(.+)$/.exec(text);
  if (!named) return text;
  const index = namespaces.indexOf(decodeURIComponent(named[1]));
  if (index < 0) throw new Error(`the server has no namespace ${named[1]}`);
  return `ns=${index};${named[2]}`;
}

// The inverse: node ids in answers are by URI too, so that tests hold none by number.
function named(nodeId) {
  const text = nodeId.toString();
  const [, index, rest] = /^ns=(\d+);(.+)$/.exec(text) ?? [];
  return index === undefined || index === "0" ? text.replace(/^ns=0;/, "") : `nsu=${namespaces[index]};${rest}`;
}

function userIdentity(user) {
  if (!user) return { type: opcua.UserTokenType.Anonymous };
  if (user.certificate) {
    const certificateData = readFileSync(user.certificate);
    return { type: opcua.UserTokenType.Certificate, certificateData, privateKey: readFileSync(user.key, "utf-8") };
  }
  return { type: opcua.UserTokenType.UserName, userName: user.name, password: user.password };
}

async function connect(asked) {
  const { endpoint, policy = "None", mode = "None", user = null, folder, application_uri, certificate, key } = asked;
  const locales = asked.locales ?? [];
  const clientCertificateManager = new opcua.OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: true,
  });
  await clientCertificateManager.initialize();
  client = opcua.OPCUAClient.create({
    applicationName: "interop",
    ...(application_uri ? { applicationUri: application_uri } : {}),
    ...(certificate ? { certificateFile: certificate, privateKeyFile: key } : {}),
    clientCertificateManager,
    connectionStrategy: { maxRetry: asked.retries ?? 0, initialDelay: 100, maxDelay: 500 },
    endpointMustExist: false,
    keepSessionAlive: true,
    requestedSessionTimeout: 60_000,
    defaultTransactionTimeout: 120_000, // 15 s by default, which gates may take on a busy machine
    securityMode: opcua.MessageSecurityMode[mode],
    securityPolicy: opcua.SecurityPolicy[policy],
  });
  // node-opcua has no option for the languages of a session: they are put into the request on its way.
  const transact = client.performMessageTransaction.bind(client);
  client.performMessageTransaction = (request, ...rest) => {
    if (request instanceof opcua.ActivateSessionRequest) request.localeIds = locales;
    return transact(request, ...rest);
  };
  client.on("connection_lost", () => send({ event: "connection_lost" }));
  client.on("connection_reestablished", () => send({ event: "connection_reestablished" }));
  try {
    await client.connect(endpoint);
    session = await client.createSession(userIdentity(user));
  } catch (error) {
    const unfinished = client;
    client = null;
    await unfinished.disconnect();
    throw error;
  }
  namespaces = await session.readNamespaceArray();
  return { namespaces };
}

async function disconnect() {
  if (client === null) return;
  for (const subscription of subscriptions.values()) await subscription.terminate();
  subscriptions.clear();
  await session.close();
  await client.disconnect();
  client = session = null;
}

async function endpoints({ endpoint, folder }) {
  const clientCertificateManager = new opcua.OPCUACertificateManager({ rootFolder: folder });
  await clientCertificateManager.initialize();
  const asking = opcua.OPCUAClient.create({
    clientCertificateManager,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false,
  });
  await asking.connect(endpoint);
  const found = await asking.getEndpoints();
  await asking.disconnect();
  return found.map((one) => ({
    url: one.endpointUrl,
    policy: one.securityPolicyUri.split("#")[1],
    mode: opcua.MessageSecurityMode[one.securityMode],
    application_uri: one.server.applicationUri,
    tokens: one.userIdentityTokens.map((token) => opcua.UserTokenType[token.tokenType]),
  }));
}

function reference(one) {
  return {
    node: named(one.nodeId),
    browse_name: one.browseName.name,
    display_name: one.displayName.text,
    node_class: opcua.NodeClass[one.nodeClass],
    type_definition: one.typeDefinition ? named(one.typeDefinition) : null,
    reference_type: named(one.referenceTypeId),
  };
}

async function references(nodeId, direction = "Forward") {
  const found = [];
  let result = await session.browse({
    nodeId,
    browseDirection: opcua.BrowseDirection[direction],
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    nodeClassMask: 0,
    resultMask: 63,
  });
  for (;;) {
    if (result.statusCode.isNotGood()) throw new Error(result.statusCode.name);
    found.push(...(result.references ?? []).map(reference));
    if (!result.continuationPoint?.length) return found;
    result = await session.browseNext(result.continuationPoint, false);
  }
}

// Everything below a node, each once, with the path of browse names that leads there first; ways that events
// go are no parts.
async function walk({ node: start, limit = 10_000 }) {
  const eventWays = ["HasNotifier", "HasEventSource"].map((name) => named(opcua.resolveNodeId(opcua.ReferenceTypeIds[name])));
  const seen = new Map();
  const waiting = [{ node: start, path: [] }];
  while (waiting.length > 0 && seen.size < limit) {
    const here = waiting.shift();
    for (const one of await references(node(here.node))) {
      if (seen.has(one.node) || eventWays.includes(one.reference_type)) continue;
      const path = [...here.path, one.browse_name];
      seen.set(one.node, { ...one, path: path.join("/") });
      waiting.push({ node: one.node, path });
    }
  }
  return [...seen.values()];
}

async function read({ nodes, attribute = "Value", index_range: indexRange }) {
  const attributeId = opcua.AttributeIds[attribute];
  const asked = nodes.map((one) => ({ nodeId: node(one), attributeId, ...(indexRange ? { indexRange } : {}) }));
  return (await session.read(asked)).map(dataValue);
}

async function write({ node: target, ...value }) {
  const written = { nodeId: node(target), attributeId: opcua.AttributeIds.Value, value: toDataValue(value) };
  return (await session.write(written)).name;
}

async function call({ object, method, arguments: given = [] }) {
  const result = await session.call({
    objectId: node(object),
    methodId: node(method),
    inputArguments: given.map((one) => toVariant(one.type === "NodeId" ? { ...one, value: node(one.value) } : one)),
  });
  return {
    status: result.statusCode.name,
    argument_results: (result.inputArgumentResults ?? []).map((code) => code.name),
    outputs: (result.outputArguments ?? []).map((output) => output.value).map(plain),
    types: (result.outputArguments ?? []).map((output) => opcua.DataType[output.dataType]),
  };
}

async function signature({ method }) {
  const definition = await session.getArgumentDefinition(node(method));
  const told = (argument) => ({
    name: argument.name,
    data_type: named(argument.dataType),
    value_rank: argument.valueRank,
    description: argument.description.text,
  });
  return { inputs: definition.inputArguments.map(told), outputs: definition.outputArguments.map(told) };
}

async function subscribe({ nodes, publishing_interval: interval = 50, sampling_interval, queue_size = 10 }) {
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: interval,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  subscriptions.set(subscription.subscriptionId, subscription);
  const parameters = { samplingInterval: sampling_interval ?? interval, queueSize: queue_size, discardOldest: true };
  const items = [];
  for (const one of nodes) {
    const asked = { nodeId: node(one), attributeId: opcua.AttributeIds.Value };
    const item = await subscription.monitor(asked, parameters, opcua.TimestampsToReturn.Both);
    item.on("changed", (value) => send({ event: "change", node: one, ...dataValue(value) }));
    items.push({ node: one, status: item.statusCode.name, ...revised(item) });
  }
  return { subscription: subscription.subscriptionId, publishing_interval: subscription.publishingInterval, items };
}

const revised = (item) => ({
  sampling_interval: item.result?.revisedSamplingInterval ?? null,
  queue_size: item.result?.revisedQueueSize ?? null,
});

async function subscribeEvents({ node: from, fields }) {
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  subscriptions.set(subscription.subscriptionId, subscription);
  const item = await subscription.monitor(
    { nodeId: node(from), attributeId: opcua.AttributeIds.EventNotifier },
    { samplingInterval: 0, queueSize: 1000, discardOldest: true, filter: opcua.constructEventFilter(fields) },
    opcua.TimestampsToReturn.Both,
  );
  item.on("changed", (found) => send({ event: "raised", node: from, fields: found.map((one) => plain(one)?.value ?? null) }));
  return item.statusCode.name;
}

async function unsubscribe({ subscription }) {
  await subscriptions.get(subscription).terminate();
  subscriptions.delete(subscription);
}

const commands = {
  connect,
  disconnect,
  endpoints,
  browse: async ({ node: from, direction }) => references(node(from), direction),
  walk,
  read,
  write,
  call,
  signature,
  subscribe,
  subscribe_events: subscribeEvents,
  unsubscribe,
  ...alarmCommands(() => session, node, named),
  ...attributeCommands(() => session),
  ...historyCommands(() => session, node),
};

serve(commands, disconnect);
