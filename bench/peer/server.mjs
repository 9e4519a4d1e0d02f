// The same work done the usual way in Fastify: a limiter in Redis, lists from Redis, bookings as the textbook transaction on the service's own tables.
// Arguments: the port, Redis's port, PostgreSQL's address, then files; each is put into Redis and served under its name.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';

const [port, redisPort, postgres, ...lists] = process.argv.slice(2);
const window = 1, limit = 1_000_000;

const redis = new Redis(Number(redisPort), '127.0.0.1');
redis.defineCommand('countCall', {
  numberOfKeys: 1,
  lua: `local count = redis.call('INCR', KEYS[1])
    if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
    return count`,
});
const pool = new pg.Pool({ connectionString: postgres, max: 16 });

const select = 'select id, date, start_time, end_time, is_active from consultation_slot where id = $1 for update';
const book = 'insert into consultation_booking (slot_id, name, email, phone) values ($1, $2, $3, $4) returning id, created_at';
const owe = `insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at, queued_at)
  values ($1, 'notification.send_email', $2, now(), now(), now())`;

const app = Fastify({ logger: false });

app.addHook('onRequest', async (request, reply) => {
  if (await redis.countCall(`peer:limit:${request.ip}`, window) > limit) return reply.code(429).send({ code: 'RATE_LIMIT_EXCEEDED' });
});

for (const file of lists) {
  const name = basename(file), key = `peer:list:${name}`;
  await redis.set(key, readFileSync(file));
  app.get(`/${name}`, async (request, reply) => reply.type('application/json; charset=utf-8').send(await redis.getBuffer(key)));
}

const body = {
  type: 'object',
  required: ['slotId', 'name', 'email', 'phone'],
  properties: {
    slotId: { type: 'integer' },
    name: { type: 'string', minLength: 1, maxLength: 120 },
    email: { type: 'string', maxLength: 254 },
    phone: { type: 'string', minLength: 5, maxLength: 32 },
  },
};

app.post('/book', { schema: { body } }, async (request, reply) => {
  const { slotId, name, email, phone } = request.body;
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows: [slot] } = await client.query({ name: 'select', text: select, values: [slotId] });
    if (!slot?.is_active || slot.start_time <= new Date()) {
      await client.query('rollback');
      return reply.code(404).send({ code: 'NOT_OPEN' });
    }
    const { rows: [booking] } = await client.query({ name: 'book', text: book, values: [slotId, name, email, phone] });
    await client.query({ name: 'owe', text: owe, values: [booking.id, `consultation:booking:${booking.id}:email`] });
    await client.query('commit');
    await redis.del('peer:list:version');
    return reply.code(201).send({
      id: booking.id, status: 'pending', name, email, phone, message: null, createdAt: booking.created_at,
      slot: { id: slot.id, date: slot.date, startTime: slot.start_time, endTime: slot.end_time },
    });
  } catch (error) {
    await client.query('rollback');
    return reply.code(error.code === '23505' ? 400 : 500).send({ code: error.code });
  } finally {
    client.release();
  }
});

await app.listen({ port: Number(port), host: '127.0.0.1' });
