/**
 * Names of files in one directory for files of profiles, in the same order. They differ, also where upper case does not
 * count. They are short enough for an archive, and have no character that a shell, an archive or a file system treats
 * specially.
 */
export function namesOnDisk(files: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return files.map(file => {
    const plain = file.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(-mostCharacters)
    const ending = endings.find(each => plain.endsWith(each)) ?? ''
    const stem = plain.slice(0, plain.length - ending.length).replace(/^[.-]+/, '')
    let name = `${stem || 'profile'}.yaml`
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${stem || 'profile'}-${i}.yaml`
    taken.add(name.toLowerCase())
    return name
  })
}

const endings = ['.yaml', '.yml', '.json'] as const
const mostCharacters = 40
