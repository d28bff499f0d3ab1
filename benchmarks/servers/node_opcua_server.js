// An OPC UA server of node-opcua with an empty method and variables that count up: as opcua_server.py.
//
//     node node_opcua_server.js PORT VARIABLES

"use strict";

const readline = require("node:readline");
const {
    OPCUACertificateManager, OPCUAServer, Variant, DataType, DataValue, StatusCodes, MessageSecurityMode, SecurityPolicy,
} = require("node-opcua");

// Standard output is for our own lines; the library logs to the console.
console.log = console.error;
console.warn = console.error;

const [port, variables] = process.argv.slice(2).map(Number);
const TICK_MS = 10;
const GROUP = 20; // variables that change as one
const INPUTS = 8;

const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function argumentsOf(names) {
    return names.map((name) => ({ name, description: { text: name }, dataType: DataType.Double }));
}

function populate(server) {
    const space = server.engine.addressSpace.getOwnNamespace();
    const machine = space.addObject({
        browseName: "Machine", nodeId: `ns=${space.index};s=Machine`,
        organizedBy: server.engine.addressSpace.rootFolder.objects,
    });
    const method = space.addMethod(machine, {
        browseName: "Empty", nodeId: `ns=${space.index};s=Machine.Empty`,
        inputArguments: argumentsOf(Array.from({ length: INPUTS }, (_, i) => `x${i}`)),
        outputArguments: argumentsOf(["a", "b"]),
    });
    method.bindMethod((_inputs, _context, callback) => callback(null, {
        statusCode: StatusCodes.Good,
        outputArguments: [1.5, 2.5].map((value) => ({ dataType: DataType.Double, value })),
    }));
    const nodes = [];
    for (let i = 0; i < variables; i += 1) {
        nodes.push(space.addVariable({
            componentOf: machine, browseName: `V${i}`, nodeId: `ns=${space.index};s=V${i}`,
            dataType: DataType.Double, value: new Variant({ dataType: DataType.Double, value: 0 }),
            minimumSamplingInterval: 0,
        }));
    }
    return { space, nodes };
}

class Counters {
    constructor(nodes) {
        this.nodes = nodes;
        this.values = nodes.map(() => 0);
        this.next = 0;
    }

    async change(rate, seconds) {
        const begin = performance.now();
        const wanted = Math.round(rate * seconds);
        let done = 0;
        while (done < wanted) {
            const due = Math.min(wanted, Math.round(((performance.now() - begin) / 1000) * rate));
            while (done + GROUP <= due || (done < due && due === wanted)) {
                for (let left = Math.min(GROUP, this.nodes.length - this.next); left > 0; left -= 1) {
                    this.countUp();
                    done += 1;
                }
            }
            if (performance.now() - begin > 2000 * seconds) break;
            await sleep(due < wanted ? TICK_MS : 0);
        }
        return { changes: done, seconds: (performance.now() - begin) / 1000 };
    }

    countUp() {
        const place = this.next;
        this.next = (place + 1) % this.nodes.length;
        this.values[place] += 1;
        const value = new Variant({ dataType: DataType.Double, value: this.values[place] });
        this.nodes[place].setValueFromSource(value, StatusCodes.Good, new Date());
    }
}

async function main() {
    const certificates = new OPCUACertificateManager({
        rootFolder: "node-opcua-pki", automaticallyAcceptUnknownCertificate: true,
    });
    await certificates.initialize();
    const server = new OPCUAServer({
        port, hostname: "127.0.0.1", serverCertificateManager: certificates, userCertificateManager: certificates,
        securityModes: [MessageSecurityMode.None], securityPolicies: [SecurityPolicy.None],
        allowAnonymous: true, disableDiscovery: true,
        serverCapabilities: { maxSessions: 1000, maxMonitoredItemsPerSubscription: 200000 },
        maxConnectionsPerEndpoint: 1000,
    });
    await server.initialize();
    const { space, nodes } = populate(server);
    await server.start();
    const counters = new Counters(nodes);
    say({ url: `opc.tcp://127.0.0.1:${port}`, namespace: space.index, object: "Machine", method: "Machine.Empty" });
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const command = JSON.parse(line);
        if (command.do === "change") say(await counters.change(command.rate, command.seconds));
    }
    await server.shutdown(0);
}

main();
