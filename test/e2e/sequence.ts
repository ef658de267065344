import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files by name, and last of all those that look at what the others brought about. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted(
      (a, b) => Number(isLast(a)) - Number(isLast(b)) || a.moduleId.localeCompare(b.moduleId),
    )
  }
}

function isLast({ moduleId }: TestSpecification): boolean {
  return /\/(rbac|secrecy)\.test\.ts$/.test(moduleId)
}
