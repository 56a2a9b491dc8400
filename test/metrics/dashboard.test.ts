/** grafana/teahouse.json against two nodes: what it asks for is what they tell. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cluster, waitUntil } from '../cluster/nodes.ts'
import { root } from '../support/server/program.ts'
import type { Cleanup } from '../support/server/server.ts'
import { valuesIn } from './values.ts'

interface Panel {
  title: string
  description: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { expr: string; legendFormat: string }[]
}

const dashboard = JSON.parse(readFileSync(join(root, 'grafana/teahouse.json'), 'utf8'))
const panels: Panel[] = dashboard.panels
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const variables: string[] = dashboard.templating.list.map(({ query }: { query: string }) => query)
const services = cluster()
const token = 'b5d0c1b9a8f74e21'
const ofScrape = ['job', 'instance']

const namesIn = (text: string) => text.match(/\b(teahouse|process|nodejs)_\w+/g) ?? []

async function textOf({ url }: { url: string }): Promise<string> {
  return await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
}

const startBoth = (t: Cleanup) => services.start(t, { METRICS: token })

describe('the dashboard', () => {
  it('asks only for metrics and labels that nodes have, and for every metric', async (t) => {
    const [node] = await startBoth(t)
    const text = await textOf(node)
    const samples = [...valuesIn(text).keys()]
    const told = new Set(samples.map((sample) => sample.replace(/\{.*/, '')))
    const labels = new Set([...samples.join('\n').matchAll(/(\w+)="/g)].map(([, label]) => label))
    const asked = [...expressions, ...variables].flatMap(namesIn)
    expect(asked.length).toBeGreaterThan(20)
    for (const name of asked) expect(told, name).toContain(name)
    for (const expression of expressions) {
      const selected = [...expression.matchAll(/(\w+)=~?"/g), ...expression.matchAll(/by \((\w+)\)/g)]
      for (const [, label = ''] of selected) expect([...labels, ...ofScrape], expression).toContain(label)
    }
    const shown = new Set(asked.map((name) => name.replace(/_(bucket|sum|count)$/, '')))
    const types = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
    expect(types.filter((name) => !shown.has(name ?? ''))).toEqual([])
  })
  it('says what each panel shows, and draws none over another', () => {
    for (const { title, description, targets } of panels) {
      expect([title, description.endsWith('.')]).toEqual([title, true])
      for (const { legendFormat } of targets) expect(legendFormat).not.toBe('')
    }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })
})

describe('metrics of nodes', () => {
  it('count what goes through Redis, and what is found without it', async (t) => {
    const [a, b] = await startBoth(t)
    const anna = await (await a.signIn('Anna')).connect()
    const bo = await (await b.signIn('Bo')).connect()
    await Promise.all([anna.open('lobby'), bo.open('lobby')])
    await anna.say('lobby', 'with')
    await bo.nextWhere((frame) => frame.type === 'chat' && frame.data === 'with')
    const [sent, received] = (await Promise.all([a, b].map(textOf))).map(valuesIn)
    expect(sent?.get('teahouse_backplane_sent_messages_total')).toBeGreaterThan(0)
    expect(received?.get('teahouse_backplane_received_messages_total')).toBeGreaterThan(0)
    expect(received?.get('teahouse_backplane_received_bytes_total')).toBeGreaterThan(50)
    expect(received?.get('teahouse_degraded')).toBe(0)
    await services.redis.kill()
    await anna.say('lobby', 'without')
    await bo.nextWhere((frame) => frame.type === 'chat' && frame.data === 'without')
    await waitUntil(async () => {
      const values = valuesIn(await textOf(b))
      return values.get('teahouse_publications_missed_total') === 1 && values.get('teahouse_degraded') === 1
    })
    expect(valuesIn(await textOf(a)).get('teahouse_publications_missed_total')).toBe(0)
    const leaders = await Promise.all([a, b].map(async (node) => valuesIn(await textOf(node)).get('teahouse_leader')))
    expect(leaders.toSorted()).toEqual([0, 1])
  })
})
