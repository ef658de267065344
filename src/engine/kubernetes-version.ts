/** Whether a cluster has Kubernetes 1.`minor` or newer. */
export function hasMinor(version: string, minor: number): boolean {
  const [own = 0, minorOwn = 0] = version
    .replace(/^v/, '')
    .split('.')
    .map(part => Number.parseInt(part, 10))
  return own > 1 || (own === 1 && minorOwn >= minor)
}
