/** What is wrong with a file or directory, in plain words; the system's own message about what is rare. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as Error & { readonly code?: string }
  return (code !== undefined && sentences[code]) || message
}

// https://nodejs.org/docs/latest-v24.x/api/errors.html#common-system-errors
const sentences: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'is not a directory',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  ENOSPC: 'there is no space left on the device',
  EROFS: 'the file system is read-only',
}
