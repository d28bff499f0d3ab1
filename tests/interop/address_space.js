"use strict";
// Loads NodeSet2 files into node-opcua's address space and tells what came of them.

const opcua = require("node-opcua");
const { serve } = require("./commands.js");

async function load({ files, uri }) {
  const addressSpace = opcua.AddressSpace.create();
  await opcua.generateAddressSpace(addressSpace, [opcua.nodesets.standard, ...files]);
  const namespace = addressSpace.getNamespace(uri);
  const classes = {};
  const types = {};
  for (const node of namespace.nodeIterator()) {
    const name = opcua.NodeClass[node.nodeClass];
    classes[name] = (classes[name] ?? 0) + 1;
    const definition = node.typeDefinitionObj?.browseName.name;
    if (definition) types[definition] = (types[definition] ?? 0) + 1;
  }
  addressSpace.dispose();
  return { classes, types };
}

serve({ load }, async () => {});
