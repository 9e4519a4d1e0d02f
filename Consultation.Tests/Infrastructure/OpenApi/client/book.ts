// Lists the open slots, books the first one as a guest, repeats it with the same key, and asks for it once more without.
// Prints what it got as one line of JSON. Every path, member and code here is checked against the generated types.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const api = createClient<paths>({ baseUrl: process.argv[2] });

const { data: open, error: unlisted } = await api.GET("/api/consultations/slots", { params: { query: { dateFrom: process.argv[3] } } });
if (unlisted) throw new Error(unlisted.code);
const slot: components["schemas"]["Slot"] | undefined = open.items[0];
if (!slot) throw new Error("no slot is open");

const body: components["schemas"]["BookSlotCommand"] = {
  slotId: slot.id,
  name: "Ada Lovelace",
  email: "ada@example.org",
  phone: "+44 20 7946 0000",
};
const header = { "Idempotency-Key": "generated-client" };
const { data: booking, error: refused } = await api.POST("/api/consultations/book", { params: { header }, body });
if (refused) throw new Error(refused.code);
const pending: "pending" | "contacted" = booking.status;

const again = await api.POST("/api/consultations/book", { params: { header }, body });
const late = await api.POST("/api/mobile/consultations/book", { body });
if (late.response.status !== 400 || late.error === undefined) throw new Error("a taken slot was given away");
const alternatives = late.error.code === "CONSULTATION_SLOT_ALREADY_BOOKED" && "alternatives" in late.error ? late.error.alternatives : undefined;

// @ts-expect-error a status that no booking has
const never: typeof pending = "cancelled";
void never;

console.log(JSON.stringify({
  id: booking.id,
  slotId: booking.slot.id,
  status: pending,
  replayed: again.response.headers.get("Idempotency-Replayed"),
  sameId: again.data?.id === booking.id,
  refusal: late.error.code,
  alternatives: alternatives?.map(other => other.id),
}));
