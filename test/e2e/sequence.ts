import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files by name, and last of all the one that looks at what the others brought about. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted(
      (a, b) => Number(isLast(a)) - Number(isLast(b)) || a.moduleId.localeCompare(b.moduleId),
    )
  }
}

function isLast({ moduleId }: TestSpecification): boolean {
  return moduleId.endsWith('/rbac.test.ts')
}
