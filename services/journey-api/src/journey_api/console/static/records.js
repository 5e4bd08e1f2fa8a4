// Records of the page's dealer that some words find: customers, by plates too, tasks, cases, people.
import { isolate, text } from "./words.js";

const MOST = 5;
const CASES_OF = 2;
const part = encodeURIComponent;

// What the words find, best first; an answer that is refused or does not come counts as nothing found.
export async function findRecords(query) {
  const dealer = document.querySelector("handoff-keys")?.dataset.dealer;
  if (!dealer) return [];
  const base = `/v1/dealers/${part(dealer)}`;
  const words = `limit=${MOST}&query=${part(query)}`;
  const [customers, vehicles, tasks, people, named] = await Promise.all([
    read(`${base}/customers?${words}`),
    read(`${base}/vehicles?${words}`),
    read(`/v1/tasks?dealer_id=${part(dealer)}&${words}`),
    read(`${base}/staff?${words}`),
    query.length > 30 ? read(`${base}/cases/${part(query)}`) : [],
  ]);
  const cases = await Promise.all(customers.slice(0, CASES_OF).map((one) => read(`${base}/cases?limit=1&customer_id=${part(one.customer_id)}`)));
  const names = new Map(customers.map((one) => [one.customer_id, one.name ?? one.customer_id]));
  const plates = new Map(vehicles.map((one) => [one.customer_id, one.plate]));
  const found = [
    ...customers.map((one) => record(one.name ?? one.customer_id, ["customer", one.customer_id, plates.get(one.customer_id)], `/journeys/${part(dealer)}/${part(one.customer_id)}`)),
    ...vehicles.filter((one) => one.customer_id).map((one) => record(`${one.plate ?? one.vin} ${one.model ?? ""}`.trim(), ["customer", one.customer_id], `/journeys/${part(dealer)}/${part(one.customer_id)}`)),
    ...tasks.map((one) => record(one.title, ["task", one.shown.customer, one.shown.vehicle], `/tasks/${part(one.task_id)}`)),
    ...[...named, ...cases.flat()].map((one) => record(names.get(one.customer_id) ?? one.customer_id ?? one.case_id, ["case"], `/cases/${part(dealer)}/${part(one.case_id)}`)),
    ...people.filter((one) => one.roles.length).map((one) => record(one.name, ["person"], `/board?dealer_id=${part(dealer)}&role=${part(one.roles[0])}&as=${part(one.staff_id)}`)),
  ];
  return found.filter((one, index) => found.findIndex((other) => other.address === one.address) === index);
}

const record = (name, [kind, ...about], address) => ({
  name,
  about: [text(`board.palette.${kind}`), ...about].filter(Boolean).map(isolate).join(" · "),
  address,
  run: () => location.assign(address),
});

async function read(address) {
  try {
    const answer = await fetch(address, { headers: { "Accept-Language": document.documentElement.lang } });
    const found = answer.ok ? await answer.json() : { items: [] };
    return found.items ?? [found];
  } catch {
    return [];
  }
}
