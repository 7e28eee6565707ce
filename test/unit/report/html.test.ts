import { describe, expect, it } from 'vitest';
import { html, isNothing, join, nothing, sourceOf } from '../../../src/report/html.ts';

describe('a template of HTML', () => {
  it('escapes text in elements and attributes, and leaves what stands around it', () => {
    const evil = '"><script>&</script>';
    expect(sourceOf(html`<a title="${evil}">${evil}</a>`)).toBe(
      '<a title="&quot;&gt;&lt;script&gt;&amp;&lt;/script&gt;">&quot;&gt;&lt;script&gt;&amp;&lt;/script&gt;</a>',
    );
  });

  it('takes finished HTML as it is, and rows of parts one after the other', () => {
    const item = html`<li>${'a & b'}</li>`;
    expect(sourceOf(html`<ul>${[item, [item, 7], '<']}</ul>`)).toBe(
      '<ul><li>a &amp; b</li><li>a &amp; b</li>7&lt;</ul>',
    );
  });

  it('takes no object for finished HTML that only looks like it', () => {
    const forged = JSON.parse('{"source":"<b>"}');
    expect(() => sourceOf(forged)).toThrow(TypeError);
  });

  it('joins parts with an escaped text between each two', () => {
    expect(sourceOf(join([html`<i>1</i>`, '2', html`<i>3</i>`], ' & '))).toBe(
      '<i>1</i> &amp; 2 &amp; <i>3</i>',
    );
  });

  it('knows when there is nothing', () => {
    expect([nothing, html``, '', [nothing, ''], join([], ', ')].map(isNothing)).toEqual(Array(5).fill(true));
    expect([html` `, 0, [nothing, 'a']].map(isNothing)).toEqual([false, false, false]);
  });
});
