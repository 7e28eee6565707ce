import { expect, it } from 'vitest';
import { isLoopback } from '../../../src/core/loopback.ts';

it.each(['localhost', 'localhost:8080', '127.0.0.1', '127.1.2.3', '[::1]'])('%s is this machine', (host) => {
  expect([isLoopback(`http://${host}/x`), isLoopback(`postgres://u:p@${host}/db`)]).toEqual([true, true]);
});

it.each(['db.example.edu', '127.example.edu', '10.0.0.1', '128.0.0.1', 'localhost.example.edu', '[::2]'])(
  '%s is another machine',
  (host) => {
    expect([isLoopback(`http://${host}/x`), isLoopback(`postgres://u:p@${host}/db`)]).toEqual([false, false]);
  },
);

it('takes what is no URL for another machine', () => {
  expect([isLoopback(''), isLoopback('localhost')]).toEqual([false, false]);
});
