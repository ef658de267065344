/** By profile, the values of parameters. */
export type Asked = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The annotations that ask for these profiles, in this order, with these parameters. */
export function asking(profiles: Asked): Readonly<Record<string, string>> {
  const values = Object.entries(profiles).flatMap(([profile, parameters]) =>
    Object.entries(parameters).map(([name, value]) => [`pillion.dev/${profile}.${name}`, value]),
  )
  return { 'pillion.dev/inject': Object.keys(profiles).join(', '), ...Object.fromEntries(values) }
}
