/** How PostgreSQL is asked for words. */
import { Client } from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { parseSearch } from '../../../src/shared/search/query.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'

export function searchesOfPostgres(server: () => PostgresServer): void {
  describe('PostgreSQL, searches', () => {
    // After five of them PostgreSQL plans a prepared statement for any words, as if all of them were frequent.
    it('are planned for their words, however many came before', async (t) => {
      const url = server().newDatabase()
      await server().create(url)
      const store = await openPostgresStore(url)
      t.onTestFinished(() => store.close())
      const anna = await userNamed(store, 'Anna')
      for (const room of ['a', 'b', 'c', 'd', 'e']) await store.rooms.open(room, 1, anna)
      const spy = vi.spyOn(Client.prototype, 'query')
      t.onTestFinished(() => spy.mockRestore())
      for (let i = 0; i < 8; i++)
        await store.search.find(viewer(anna), parseSearch('tea after:2026-01-01'), { limit: 1 })
      const asked = (spy.mock.calls as unknown as [string | { text: string; name?: string }][])
        .map(([statement]) => statement)
        .filter((statement) => typeof statement === 'object')
      const [searches, others] = [true, false].map((isSearch) =>
        asked.filter(({ text }) => text.includes('@@') === isSearch).map(({ name }) => name),
      )
      // In the messages of several rooms, and in texts of files.
      expect(searches).toEqual(Array(16).fill(undefined))
      expect(others).not.toContain(undefined)
    })
  })
}
