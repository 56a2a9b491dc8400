/** Texts of files that are in a store without bytes: they are indexed as the server does it. */
import { textParts } from '../../src/server/files/texts/text-parts.ts'
import type { Store } from '../../src/server/store/store.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import { contentOf, fileId, newFile } from './files.ts'

/** Uploads a text whose number no other has. @returns its id */
export async function uploadedText(store: Store, n: number, user: User, room: string, bytes = 100): Promise<string> {
  await store.files.create(newFile(n, user, room, { name: `${n}.log`, type: 'text/plain', bytes }))
  const { hash } = contentOf(n)
  await store.files.complete(fileId(n), { hash, type: 'text/plain', bytes })
  return fileId(n)
}

/** Does all that there is to be done. @param texts by the ids of files */
export async function indexTexts({ search }: Store, texts: ReadonlyMap<string, string>): Promise<void> {
  for (let next = await search.nextText(Date.now()); next; next = await search.nextText(Date.now())) {
    if (next.type === 'remove') await search.removeText(next.place)
    else {
      const parts = await textParts(texts.get(next.id) ?? '')
      if (parts.length) await search.addText(next.id, next.parts, parts.slice(next.parts), true)
      else await search.leaveText(next.id)
    }
  }
}
