/**
 * Whether a text is a reference to an image: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
 * https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export function isImageReference(text: string): boolean {
  const [tagged = '', digest, ...more] = text.split('@')
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) return false
  const slash = tagged.lastIndexOf('/')
  const colon = tagged.indexOf(':', slash + 1)
  const [name, tag] = colon < 0 ? [tagged] : [tagged.slice(0, colon), tagged.slice(colon + 1)]
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return false
  const [first = '', ...rest] = name.split('/')
  const hasHost = rest.length > 0 && /[.:A-Z[]/.test(first)
  if (hasHost && !/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?$/.test(first)) return false
  return (hasHost ? rest : [first, ...rest]).every(part => /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(part))
}

function isDigest(text: string): boolean {
  const colon = text.indexOf(':')
  return (
    /^[A-Za-z][A-Za-z0-9+._-]*$/.test(text.slice(0, colon)) &&
    /^[0-9a-fA-F]{32,}$/.test(text.slice(colon + 1))
  )
}
