/** What programs send to webhooks, as the message that people read. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hookMessage } from '../../src/server/hooks/hook-message.ts'

describe('webhook text', () => {
  it.for([
    ['*bold* and *two words*, (*x*), "*y*"', '**bold** and **two words**, (**x**), "**y**"'],
    ['_it_ ~gone~ 2*3*4 a*b*c', '_it_ ~~gone~~ 2*3*4 a*b*c'],
    ['**kept** as programs write it', '**kept** as programs write it'],
    ['<https://a.example|Title> <https://a.example>', '[Title](https://a.example) https://a.example'],
    ['*<https://a.example/?a=1&amp;b=2|Title>*', '**[Title](https://a.example/?a=1&b=2)**'],
    ['<https://a.example/x_(y) z|[a] b]>', '[\\[a\\] b\\]](https://a.example/x_%28y%29%20z)'],
    ['<mailto:a@b.example|mail> <javascript:alert(1)|click> <data:x|y>', '[mail](mailto:a@b.example) click y'],
    ['<!here> <!channel> <!everyone|everyone> <!subteam^S1|@ops>', '@here @channel everyone @ops'],
    ['<!date^1392734382^{date}|Feb 18>', 'Feb 18'],
    ['<@U024BE7LH> <@U1|anna> <#C024|general>', '@U024BE7LH @anna #general'],
    ['1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;', '1 < 2 && 3 > 2 &lt;'],
    ['`a *b* &lt;c&gt; <https://x.example|x>`', '`a *b* <c> x`'],
    ['see ```x *y*\nz``` there', 'see \n```\nx *y*\nz\n```\n there'],
    ['&gt; quoted\nnot', '> quoted\nnot'],
    ['# no heading', '\\# no heading'],
  ])('%s', ([slack, ours]) => expect(hookMessage({ text: slack })).toBe(ours))

  it('takes the place of the text with blocks, and follows it with attachments', () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'block' } }]
    expect(hookMessage({ text: 'text', blocks })).toBe('block')
    expect(hookMessage({ text: 'text', attachments: [{ text: 'more' }] })).toBe('text\nmore')
    expect(hookMessage({ text: 'text', blocks: [{ type: 'unknown' }] })).toBe('text')
    expect(hookMessage({ attachments: [{ fallback: 'only *this*', color: 'good' }] })).toBe('🟢 only **this**')
  })

  it('shows pictures as links', () => {
    const attachments = [{ text: 'x', image_url: 'https://i.example/a.png', thumb_url: 'ftp://i.example/b' }]
    expect(hookMessage({ attachments })).toBe('x\n[image](https://i.example/a.png)\nimage')
    const blocks = [{ type: 'image', image_url: 'https://i.example/a.png', alt_text: 'a chart' }]
    expect(hookMessage({ blocks })).toBe('[a chart](https://i.example/a.png)')
  })

  it('is read from JSON of any shape, without an error and within the length of a message', () => {
    const keys = [
      'text',
      'attachments',
      'blocks',
      'type',
      'fields',
      'elements',
      'title',
      'value',
      'alerts',
      'repository',
    ]
    const shape = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 6 }, fc.anything(), fc.string(), tie('object'), fc.array(tie('any'))),
      object: fc.dictionary(fc.constantFrom(...keys, '__proto__', 'constructor'), tie('any')),
    })).object
    fc.assert(
      fc.property(shape, (payload) => {
        const text = hookMessage(payload)
        expect([...(text ?? '')].length).toBeLessThanOrEqual(4_000)
      }),
      { numRuns: 100 },
    )
  })
})

describe('webhook payload of', () => {
  it('Grafana', () => {
    const payload = {
      channel: '#alerts',
      username: 'Grafana',
      icon_url: 'https://grafana.com/static/assets/img/fav32.png',
      attachments: [
        {
          title: '[FIRING:1] DiskFull db1 (Infra)',
          title_link: 'https://grafana.example/alerting/list',
          text: '**Firing**\n\nValue: A=93.2\nLabels:\n - alertname = DiskFull\n - host = db1\nSource: https://grafana.example/a?orgId=1\n',
          fallback: '[FIRING:1] DiskFull db1 (Infra)',
          footer: 'Grafana v11.3.0',
          footer_icon: 'https://grafana.com/static/assets/img/fav32.png',
          color: '#D63232',
          ts: 1731234567,
          mrkdwn_in: ['pretext'],
        },
      ],
    }
    expect(hookMessage(payload)).toBe(
      '🔴 **[[FIRING:1] DiskFull db1 (Infra)](https://grafana.example/alerting/list)**\n**Firing**\n\nValue: A=93.2\nLabels:\n - alertname = DiskFull\n - host = db1\nSource: https://grafana.example/a?orgId=1\nGrafana v11.3.0',
    )
  })

  it('Alertmanager', () => {
    const attachment = {
      title: '[RESOLVED] InstanceDown for node (job="node")',
      title_link: 'http://am.example:9093/#/alerts?receiver=slack',
      pretext: 'Summary: *node* is back',
      text: '*Alert:* Instance down - `critical`\n*Description:* up &gt; 5m\n<http://prom.example/graph?g0.expr=up+%3D%3D+0|:chart:>',
      fallback: '[RESOLVED] InstanceDown',
      callback_id: '',
      footer: '',
      color: 'good',
      mrkdwn_in: ['fallback', 'pretext', 'text'],
      fields: [
        { title: 'Severity', value: 'critical', short: true },
        { title: 'Instances', value: 'a:9100\nb:9100', short: false },
      ],
    }
    expect(
      hookMessage({ channel: '#ops', username: 'Alertmanager', link_names: true, attachments: [attachment] }),
    ).toBe(
      'Summary: **node** is back\n🟢 **[[RESOLVED] InstanceDown for node (job="node")](http://am.example:9093/#/alerts?receiver=slack)**\n**Alert:** Instance down - `critical`\n**Description:** up > 5m\n[:chart:](http://prom.example/graph?g0.expr=up+%3D%3D+0)\n**Severity**: critical\n**Instances**\na:9100\nb:9100',
    )
  })

  it('GitHub, in Slack’s blocks by an action', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'Build #42 failed', emoji: true } },
      { type: 'section', text: { type: 'mrkdwn', text: '*<https://github.com/tea/house|tea/house>* on `main`' } },
      {
        type: 'section',
        fields: [
          { type: 'mrkdwn', text: '*Author*\nanna' },
          { type: 'plain_text', text: 'a_b *c*' },
        ],
      },
      { type: 'divider' },
      {
        type: 'context',
        elements: [
          { type: 'image', image_url: 'https://a.example/x.png', alt_text: 'anna' },
          { type: 'mrkdwn', text: '_3 min_' },
        ],
      },
      {
        type: 'actions',
        elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open' }, url: 'https://github.com/tea' }],
      },
    ]
    expect(hookMessage({ text: 'Build failed', blocks })).toBe(
      '### Build #42 failed\n**[tea/house](https://github.com/tea/house)** on `main`\n**Author**\nanna\na_b \\*c\\*\n---\n[anna](https://a.example/x.png) _3 min_\n[Open](https://github.com/tea)',
    )
  })

  it('GitHub, in its own form', () => {
    const base = {
      repository: { full_name: 'tea/house', html_url: 'https://github.com/tea/house' },
      sender: { login: 'anna' },
    }
    const where = '**[tea/house](https://github.com/tea/house)**:'
    expect(hookMessage({ ...base, zen: 'Keep it logically awesome.', hook_id: 1 })).toBe(
      `${where} Keep it logically awesome.`,
    )
    const commits = [{ id: 'abcdef1234', url: 'https://github.com/c/1', message: 'Fix *it*\n\nLong story' }]
    expect(hookMessage({ ...base, ref: 'refs/heads/main', compare: 'https://github.com/cmp', commits })).toBe(
      `${where} anna pushed [1 commit](https://github.com/cmp) to main\n- [abcdef1](https://github.com/c/1) Fix \\*it\\*`,
    )
    const pull_request = { number: 7, title: 'Brew', html_url: 'https://github.com/p/7' }
    expect(hookMessage({ ...base, action: 'opened', pull_request })).toBe(
      `${where} anna opened pull request [#7 Brew](https://github.com/p/7)`,
    )
    const issue = { number: 8, title: 'Cold', html_url: 'https://github.com/i/8' }
    expect(hookMessage({ ...base, action: 'created', issue, comment: { html_url: 'https://github.com/i/8#c' } })).toBe(
      `${where} anna commented on issue [#8 Cold](https://github.com/i/8#c)`,
    )
  })

  it('Uptime Kuma', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: '🔴 Down' } },
      {
        type: 'section',
        fields: [
          { type: 'mrkdwn', text: '*Message*\nconnect ECONNREFUSED 127.0.0.1:80' },
          { type: 'mrkdwn', text: '*Time (Europe/Berlin)*\n2026-11-29 01:02:03' },
        ],
      },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: { type: 'plain_text', text: 'Visit site' }, value: 'Site', url: 'https://s.example' },
        ],
      },
    ]
    const payload = {
      text: 'Uptime Kuma Alert',
      channel: '',
      username: 'kuma',
      icon_emoji: ':bell:',
      attachments: [{ color: '#e01e5a', blocks }],
    }
    expect(hookMessage(payload)).toBe(
      'Uptime Kuma Alert\n### 🔴 🔴 Down\n**Message**\nconnect ECONNREFUSED 127.0.0.1:80\n**Time (Europe/Berlin)**\n2026-11-29 01:02:03\n[Visit site](https://s.example)',
    )
    expect(hookMessage({ text: '[Site] [🔴 Down] timeout' })).toBe('[Site] [🔴 Down] timeout')
  })

  it('Jenkins', () => {
    const message = 'tea » main - #12 Failure after 3 min 4 sec (<http://jenkins.example/job/tea/12/|Open>)'
    const attachments = [
      {
        fallback: message,
        text: message,
        color: 'danger',
        mrkdwn_in: ['pretext', 'text', 'fields'],
        fields: [{ title: 'Changes', value: '- Brew (anna)', short: false }],
      },
    ]
    expect(hookMessage({ channel: '#ci', attachments })).toBe(
      '🔴 tea » main - #12 Failure after 3 min 4 sec ([Open](http://jenkins.example/job/tea/12/))\n**Changes**: - Brew (anna)',
    )
  })

  it('Alertmanager and others in forms of their own', () => {
    const alerts = [
      {
        status: 'firing',
        labels: { alertname: 'DiskFull' },
        annotations: { summary: 'db1 is full' },
        generatorURL: 'https://p.example',
      },
    ]
    expect(hookMessage({ version: '4', alerts })).toBe('🔴 **[DiskFull](https://p.example)** firing: db1 is full')
    expect(hookMessage({ heartbeat: null, monitor: null, msg: 'up again' })).toBe('up again')
    expect(hookMessage({ title: 'A', message: 'b' })).toBe('**A**\nb')
  })
})
