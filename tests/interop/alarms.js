"use strict";
// The alarm list of node-opcua's client: it subscribes, refreshes, and follows conditions by itself.

const opcua = require("node-opcua");
const { send } = require("./commands.js");
const { plain } = require("./values.js");

const FIELDS = [
  "conditionName", "message", "severity", "retain", "sourceName", "clientUserId", "comment",
];

function told(alarm, named, change) {
  const fields = Object.fromEntries(
    FIELDS.map((name) => [name, alarm.fields[name] ? plain(alarm.fields[name].value) : null]),
  );
  return {
    event: "alarm",
    change,
    condition: named(alarm.conditionId),
    type: named(alarm.eventType),
    event_id: alarm.eventId.toString("hex"),
    active: alarm.fields.activeState.id.value,
    acked: alarm.fields.ackedState.id.value,
    shelved: alarm.fields.suppressedOrShelved.value,
    ...fields,
  };
}

// `at` finds a node by its name, `named` tells a node's name, `session` the session of now.
function alarmCommands(session, at, named) {
  let list = null;
  return {
    async watch_alarms() {
      list = await opcua.installAlarmMonitoring(session());
      list.on("alarmChanged", (alarm) => send(told(alarm, named, "changed")));
      return list.alarms().map((alarm) => told(alarm, named, "known"));
    },
    async alarms() {
      list.purgeUnusedAlarms();
      return list.alarms().map((alarm) => told(alarm, named, "known"));
    },
    async unwatch_alarms() {
      await opcua.uninstallAlarmMonitoring(session());
    },
    async operate_alarm({ method, condition, event_id: eventId, comment = "" }) {
      const id = Buffer.from(eventId, "hex");
      const target = opcua.resolveNodeId(at(condition));
      const code = await {
        Acknowledge: () => session().acknowledgeCondition(target, id, comment),
        Confirm: () => session().confirmCondition(target, id, comment),
        AddComment: () => session().addCommentCondition(target, id, comment),
      }[method]();
      return code.name;
    },
  };
}

module.exports = { alarmCommands };
