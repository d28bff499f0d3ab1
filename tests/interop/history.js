"use strict";
// A historian of node-opcua: raw values to the last continuation point, values at times, Aggregates, events.

const opcua = require("node-opcua");
const { plain } = require("./values.js");

function told(one) {
  return {
    value: one.value ? plain(one.value) : null,
    status: one.statusCode.name,
    source: one.sourceTimestamp ? one.sourceTimestamp.toISOString() : null,
  };
}

async function read(session, nodeId, historyReadDetails, most) {
  const found = [];
  let continuationPoint = null;
  let pages = 0;
  for (;;) {
    const response = await session.historyRead(new opcua.HistoryReadRequest({
      historyReadDetails,
      nodesToRead: [{ nodeId, continuationPoint }],
      releaseContinuationPoints: false,
      timestampsToReturn: opcua.TimestampsToReturn.Both,
    }));
    const [result] = response.results;
    if (result.statusCode.value >= 0x80000000) throw new Error(result.statusCode.name);
    pages += 1;
    const data = result.historyData;
    found.push(...(data?.dataValues ?? data?.events ?? []));
    continuationPoint = result.continuationPoint;
    if (!continuationPoint?.length || pages >= most) return { found, pages };
  }
}

// `at` finds a node by its name, `session` the session of now.
function historyCommands(session, at) {
  return {
    async history_raw({ node, start, end, number = 0, bounds = false, pages: most = 1000 }) {
      const details = new opcua.ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(start),
        endTime: new Date(end),
        numValuesPerNode: number,
        returnBounds: bounds,
      });
      const { found, pages } = await read(session(), at(node), details, most);
      return { values: found.map(told), pages };
    },
    async history_at({ node, times }) {
      const details = new opcua.ReadAtTimeDetails({ reqTimes: times.map((one) => new Date(one)), useSimpleBounds: false });
      return (await read(session(), at(node), details, 1000)).found.map(told);
    },
    async history_processed({ node, start, end, interval, aggregate }) {
      const result = await session().readAggregateValue(
        { nodeId: at(node) }, new Date(start), new Date(end), opcua.AggregateFunction[aggregate], interval,
      );
      return { status: result.statusCode.name, values: (result.historyData?.dataValues ?? []).map(told) };
    },
    async history_events({ node, start, end, fields }) {
      const details = new opcua.ReadEventDetails({
        numValuesPerNode: 0,
        startTime: new Date(start),
        endTime: new Date(end),
        filter: opcua.constructEventFilter(fields),
      });
      const { found } = await read(session(), at(node), details, 1000);
      return found.map((event) => event.eventFields.map((one) => plain(one.value)));
    },
  };
}

module.exports = { historyCommands };
