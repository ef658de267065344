// Loaded into a replica before its code (`node --import`): bugs and slowness that Pillion does not have by itself. What a
// replica measures and counts then is its own.
const parse = JSON.parse
const busyMs = Number(process.env['SABOTAGE_BUSY_MS'] ?? 0)

JSON.parse = (text, ...rest) => {
  const value = parse(text, ...rest)
  const isReview = value?.kind === 'AdmissionReview'
  const end = performance.now() + (isReview ? busyMs : 0)
  while (performance.now() < end);
  const object = isReview ? value.request?.object : (value?.object ?? value)
  // A bug that only these objects meet.
  if (object?.metadata?.name === 'unlucky') {
    Object.defineProperty(isReview ? object : object.metadata, isReview ? 'spec' : 'annotations', {
      get() {
        throw new TypeError('sabotage')
      },
    })
  }
  return value
}
