// A stock BullMQ worker that says whose job it has in hand: the id of a booking, a line each. Argument: Redis's port.
import { Worker } from 'bullmq';

const connection = { host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null };
const worker = new Worker('notifications', async job => { process.stdout.write(`${job.data.bookingId}\n`); }, { connection });
await worker.waitUntilReady();
process.stdout.write('ready\n');
