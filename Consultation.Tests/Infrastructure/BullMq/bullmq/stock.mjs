// The stock classes of one BullMQ version behind a line protocol: a JSON request per line on stdin, its JSON answer on stdout.
import { createInterface } from 'node:readline';
import { Cluster } from 'ioredis';

const [major, ports, prefix, name] = process.argv.slice(2); // several ports are those of a cluster
const { Queue, QueueEvents, Worker } = await import(`bullmq${major}`);
const nodes = ports.split(',').map(port => ({ host: '127.0.0.1', port: Number(port) }));
const connection = nodes.length > 1
  ? new Cluster(nodes, { redisOptions: { maxRetriesPerRequest: null } })
  : { ...nodes[0], maxRetriesPerRequest: null };
const options = { connection, prefix };

const queue = new Queue(name, options);
const queueEvents = new QueueEvents(name, { ...options, lastEventId: '0-0' });
const taken = [];
const events = [];
let worker;

for (const event of ['added', 'waiting', 'active', 'completed', 'failed', 'deduplicated'])
  queueEvents.on(event, args => events.push({ event, ...args }));
for (const source of [queue, queueEvents])
  source.on('error', () => {});

const seen = job => ({
  id: job.id, name: job.name, data: job.data, opts: job.opts, timestamp: job.timestamp,
  deduplicationId: job.deduplicationId, attemptsMade: job.attemptsMade,
});

const commands = {
  ready: async () => { await queue.waitUntilReady(); await queueEvents.waitUntilReady(); },
  work: async ({ failures = 0, concurrency = 1 }) => {
    worker = new Worker(name, async job => {
      taken.push({ at: Date.now(), ...seen(job) });
      if (job.attemptsMade < failures) throw new Error('not this time');
    }, { ...options, concurrency });
    worker.on('error', () => {});
    await worker.waitUntilReady();
  },
  taken: () => taken,
  events: () => events,
  counts: () => queue.getJobCounts(),
  jobs: async ({ states }) => (await queue.getJobs(states)).map(seen),
  pause: () => queue.pause(),
  resume: () => queue.resume(),
  limit: ({ concurrency }) => queue.setGlobalConcurrency(concurrency),
  add: async ({ job, data, opts }) => seen(await queue.add(job, data, opts)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...args } = JSON.parse(line);
  let answer;
  try {
    answer = { result: (await commands[command](args)) ?? null };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

await Promise.all([worker?.close(true), queueEvents.close(), queue.close()]);
process.exit(0);
