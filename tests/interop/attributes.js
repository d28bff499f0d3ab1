"use strict";
// Walks every node that references lead to, and holds each attribute against what Part 3 says of it.

const opcua = require("node-opcua");

const AT_ONCE = 100; // nodes in one request; what the server allows is more
const NUMBERS = opcua.AttributeIds;
const COMMON = { NodeId: "NodeId", NodeClass: "Int32", BrowseName: "QualifiedName", DisplayName: "LocalizedText" };
const COMMON_OPTIONAL = { Description: "LocalizedText", WriteMask: "UInt32", UserWriteMask: "UInt32" };
// Of each node class: what a node must have, and what it may have (Part 3, 5.3 to 5.8).
const WANTED = {
  Object: [{ EventNotifier: "Byte" }, {}],
  Variable: [
    { DataType: "NodeId", ValueRank: "Int32", AccessLevel: "Byte", UserAccessLevel: "Byte", Historizing: "Boolean" },
    { ArrayDimensions: "UInt32", MinimumSamplingInterval: "Double" },
  ],
  Method: [{ Executable: "Boolean", UserExecutable: "Boolean" }, {}],
  ObjectType: [{ IsAbstract: "Boolean" }, {}],
  VariableType: [
    { DataType: "NodeId", ValueRank: "Int32", IsAbstract: "Boolean" },
    { ArrayDimensions: "UInt32" },
  ],
  DataType: [{ IsAbstract: "Boolean" }, { DataTypeDefinition: "ExtensionObject" }],
  ReferenceType: [{ IsAbstract: "Boolean", Symmetric: "Boolean" }, { InverseName: "LocalizedText" }],
};

const inParts = async (all, ask) => {
  const found = [];
  for (let first = 0; first < all.length; first += AT_ONCE) found.push(...(await ask(all.slice(first, first + AT_ONCE))));
  return found;
};

async function browsed(session, nodeIds) {
  const asked = nodeIds.map((nodeId) => ({ nodeId, browseDirection: "Forward", referenceTypeId: "References", includeSubtypes: true, resultMask: 63 }));
  const results = await session.browse(asked);
  const found = [];
  for (let [place, result] of results.entries()) {
    if (result.statusCode.isNotGood()) throw new Error(`${nodeIds[place]}: ${result.statusCode.name}`);
    const references = [...(result.references ?? [])];
    while (result.continuationPoint?.length) {
      result = await session.browseNext(result.continuationPoint, false);
      references.push(...(result.references ?? []));
    }
    found.push(references);
  }
  return found;
}

// Every node by its id: class, name, type definition's supertypes come from here.
async function everyNode(session) {
  const nodes = new Map([["ns=0;i=84", { id: opcua.resolveNodeId("i=84"), class: "Object", name: "Root", path: "" }]]);
  const supertypes = new Map();
  let waiting = [...nodes.values()];
  while (waiting.length) {
    const next = [];
    const told = await inParts(waiting.map((one) => one.id), (part) => browsed(session, part));
    for (const [place, references] of told.entries()) {
      const from = waiting[place];
      for (const one of references) {
        const key = one.nodeId.toString();
        (from.references ??= []).push({ kind: one.referenceTypeId.toString(), to: key });
        if (one.referenceTypeId.value === opcua.ReferenceTypeIds.HasSubtype && one.referenceTypeId.namespace === 0) {
          supertypes.set(key, from.id.toString());
        }
        if (nodes.has(key)) continue;
        const node = { id: one.nodeId, class: opcua.NodeClass[one.nodeClass], name: one.browseName.name, index: one.browseName.namespaceIndex, path: `${from.path}/${one.browseName.name}` };
        nodes.set(key, node);
        next.push(node);
      }
    }
    waiting = next;
  }
  return { nodes, supertypes };
}

// What can be reached from Objects as a part of something; all else belongs to a type.
function reachable(nodes, supertypes) {
  const isA = (kind, wanted) => kind === wanted || (supertypes.has(kind) && isA(supertypes.get(kind), wanted));
  const found = new Set(["ns=0;i=85"]);
  for (const key of found) {
    for (const { kind, to } of nodes.get(key).references ?? []) if (isA(kind, "ns=0;i=33")) found.add(to);
  }
  return found;
}

const isNull = (variant) =>
  !variant || variant.dataType === opcua.DataType.Null || (variant.arrayType === opcua.VariantArrayType.Scalar && variant.value === null);

function wrong(value, type, optional) {
  const status = value.statusCode.name;
  if (optional && status === "BadAttributeIdInvalid") return null;
  if (status !== "Good") return status;
  if (isNull(value.value)) return "null";
  const found = opcua.DataType[value.value.dataType];
  if (found !== type) return `${found} is no ${type}`;
  if (type === "LocalizedText" && !value.value.value.text) return "without text";
  if (type === "QualifiedName" && !value.value.value.name) return "without name";
  return null;
}

// The built-in type of a DataType (Part 6, 5.1.2); Null for BaseDataType and its abstract subtypes.
function builtIn(dataType, supertypes) {
  const abstract = { "ns=0;i=24": "any", "ns=0;i=26": "Number", "ns=0;i=27": "Integer", "ns=0;i=28": "UInteger" };
  for (let key = dataType; key !== undefined; key = supertypes.get(key)) {
    if (abstract[key]) return abstract[key];
    if (key === "ns=0;i=29") return "Int32";
    if (key === "ns=0;i=22") return "ExtensionObject";
    const number = /^ns=0;i=(\d+)$/.exec(key);
    if (number && Number(number[1]) <= 25) return opcua.DataType[Number(number[1])];
  }
  return "unknown";
}

const INTEGERS = ["SByte", "Int16", "Int32", "Int64"];
const UNSIGNED = ["Byte", "UInt16", "UInt32", "UInt64"];
const GROUPS = { Number: [...INTEGERS, ...UNSIGNED, "Float", "Double"], Integer: INTEGERS, UInteger: UNSIGNED };

function wrongValue(value, dataType, rank, supertypes) {
  if (value.statusCode.name.startsWith("Bad")) return null;
  const wanted = builtIn(dataType, supertypes);
  if (isNull(value.value)) return wanted === "any" ? null : `null, ${value.statusCode.name}`;
  const found = opcua.DataType[value.value.dataType];
  if (wanted !== "any" && found !== wanted && !GROUPS[wanted]?.includes(found)) return `value ${found} is no ${wanted}`;
  const scalar = value.value.arrayType === opcua.VariantArrayType.Scalar;
  if (rank === -1 && !scalar) return "an array, ValueRank says scalar";
  if (rank >= 0 && scalar) return `a scalar, ValueRank says ${rank}`;
  return null;
}

async function holdDefinitions(session, nodes, supertypes, told) {
  const defined = (key) => {
    for (let at = supertypes.get(key); at !== undefined; at = supertypes.get(at)) if (at === "ns=0;i=22" || at === "ns=0;i=29") return true;
    return false;
  };
  const kinds = [...nodes.entries()].filter(([key, one]) => one.class === "DataType" && defined(key));
  const asked = kinds.map(([, one]) => ({ nodeId: one.id, attributeId: NUMBERS.DataTypeDefinition }));
  for (const [place, value] of (await inParts(asked, (part) => session.read(part))).entries()) {
    if (value.statusCode.isNotGood()) told(kinds[place][1], "DataTypeDefinition", value.statusCode.name);
  }
  return kinds.length;
}

// An instance has what its type and all above it declare as Mandatory (Part 3, 6.4.4.4), and no abstract type.
function holdTypes(nodes, supertypes, instances, abstract, told) {
  const isA = (kind, wanted) => kind === wanted || (supertypes.has(kind) && isA(supertypes.get(kind), wanted));
  const targets = (key, kinds) =>
    (nodes.get(key)?.references ?? []).filter(({ kind }) => kinds.some((one) => isA(kind, one))).map(({ to }) => to);
  const parts = (key) => targets(key, ["ns=0;i=44", "ns=0;i=35"]);
  const isMandatory = (key) => targets(key, ["ns=0;i=37"]).includes("ns=0;i=78");
  const qualified = (key) => `${nodes.get(key).name} of ${nodes.get(key).index}`;
  let held = 0;
  const compare = (instance, declared, depth) => {
    const names = new Map(parts(instance).map((key) => [qualified(key), key]));
    for (let key = declared; key !== undefined; key = supertypes.get(key)) {
      for (const part of parts(key).filter(isMandatory)) {
        held += 1;
        const found = names.get(qualified(part));
        if (!found) told(nodes.get(instance), "References", `without ${qualified(part)}, which ${nodes.get(key).path} declares`);
        else if (depth) compare(found, part, depth - 1);
      }
    }
  };
  for (const key of instances) {
    const one = nodes.get(key);
    if (one.class !== "Object" && one.class !== "Variable") continue;
    const [kind] = targets(key, ["ns=0;i=40"]);
    if (!nodes.has(kind)) told(one, "References", `its type ${kind} is not there`);
    else if (abstract.has(kind)) told(one, "References", `its type ${nodes.get(kind).path} is abstract`);
    else compare(key, kind, 3);
  }
  return held;
}

async function inspect(session) {
  const { nodes, supertypes } = await everyNode(session);
  const instances = reachable(nodes, supertypes);
  const abstract = new Set();
  const faults = [];
  const statuses = {};
  const counts = {};
  const told = (one, attribute, what) =>
    faults.push({ node: one.id.toString(), namespace: one.id.namespace, class: one.class, path: one.path, declaration: !instances.has(one.id.toString()), attribute, what });
  const asked = [];
  for (const one of nodes.values()) {
    counts[one.class] = (counts[one.class] ?? 0) + 1;
    const [must, may] = WANTED[one.class];
    for (const [given, optional] of [[{ ...COMMON, ...must }, false], [{ ...COMMON_OPTIONAL, ...may }, true]]) {
      for (const [attribute, type] of Object.entries(given)) asked.push({ one, attribute, type, optional });
    }
    if (one.class === "Variable") asked.push({ one, attribute: "Value", type: null });
  }
  const read = (part) => session.read(part.map(({ one, attribute }) => ({ nodeId: one.id, attributeId: NUMBERS[attribute] })));
  const values = await inParts(asked, read);
  for (const [place, { one, attribute, type, optional }] of asked.entries()) {
    const value = values[place];
    if (attribute === "DataType") one.dataType = value.value?.value?.toString();
    if (attribute === "ValueRank") one.rank = value.value?.value;
    if (attribute === "IsAbstract" && value.value?.value) abstract.add(one.id.toString());
    const what = type === null ? wrongValue(value, one.dataType, one.rank, supertypes) : wrong(value, type, optional);
    if (type === null) statuses[value.statusCode.name] = (statuses[value.statusCode.name] ?? 0) + 1;
    if (what) told(one, attribute, what);
  }
  const definitions = await holdDefinitions(session, nodes, supertypes, told);
  const mandatory = holdTypes(nodes, supertypes, instances, abstract, told);
  return { faults, statuses, counts, definitions, mandatory };
}

const attributeCommands = (session) => ({ inspect: () => inspect(session()) });

module.exports = { attributeCommands };
