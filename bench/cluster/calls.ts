/** The admission reviews that a replica has answered, whatever it decided, by its metrics. */
export async function callsAt(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const series = text.matchAll(/^pillion_admission_requests_total\{.*\} (\d+)$/gm)
  return [...series].reduce((sum, [, count]) => sum + Number(count), 0)
}
