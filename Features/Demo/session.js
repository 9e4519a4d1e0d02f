// Who uses the page: development tokens from the service, and the shop's time zone.

import { json } from "./api.js";

export const session = { timeZone: "UTC", customer: null, staff: null };

const staffKey = "consultation-staff-token";

export async function start() {
  const { timeZone, customer, staff } = await json("demo/tokens.json");
  session.timeZone = timeZone;
  session.customer = customer && { token: customer, ...claimsOf(customer) };
  session.staff = staff ?? sessionStorage.getItem(staffKey);
}

export function useStaffToken(token) {
  session.staff = token;
  sessionStorage.setItem(staffKey, token);
}

function claimsOf(token) {
  const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
  const { sub, name, email, phone_number: phone } = JSON.parse(new TextDecoder().decode(bytes));
  return { name: name ?? sub, email, phone };
}
