// Kinesis, S3 and the Census Bureau's batch geocoder, as far as a poll asks them: they take and answer as fast as they
// can, after a latency. Run in a process of its own; prints its addresses as one line of JSON, and for every line that
// it is given, what has come in so far. It ends with its standard input.
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const latency = Number(process.argv[2] ?? 0);
let state = null;
let received = 0;
const partitions = new Set();

const kinesis = createHttp2Server(async (request, response) => {
  const { Records: records = [] } = JSON.parse(String(await buffer(request)));
  received += records.length;
  for (const { PartitionKey } of records) partitions.add(PartitionKey);
  await sleep(latency);
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(
    JSON.stringify({
      FailedRecordCount: 0,
      Records: records.map(() => ({ SequenceNumber: '1', ShardId: 'shardId-000000000000' })),
    }),
  );
});

const census = createServer(async (request, response) => {
  const body = String(await buffer(request));
  await sleep(latency);
  const lines = body.split('\n').filter((line) => /^\d+,/.test(line));
  response.writeHead(200, { 'content-type': 'text/plain' });
  // Nineteen of twenty are found, as with real addresses.
  response.end(
    lines
      .map((line) => {
        const id = line.slice(0, line.indexOf(','));
        const number = Number(/,(\d+) /.exec(line)?.[1] ?? 0);
        return number % 20 === 0
          ? `"${id}","echo","No_Match"\n`
          : `"${id}","echo","Match","Exact","MATCHED","-73.9,40.7","1","L","36","061","${String(number % 300).padStart(6, '0')}","1000"\n`;
      })
      .join(''),
  );
});

const s3 = createServer(async (request, response) => {
  const body = await buffer(request);
  await sleep(latency);
  if (request.url.includes('.lease')) {
    if (request.method === 'PUT') s3.lease = body;
    if (request.method !== 'GET') return response.writeHead(200).end();
    return s3.lease ? response.writeHead(200).end(s3.lease) : noKey(response);
  }
  if (request.method === 'PUT') state = body;
  if (request.method !== 'GET') return response.writeHead(200).end();
  return state ? response.writeHead(200).end(state) : noKey(response);
});

function noKey(response) {
  response.writeHead(404, { 'content-type': 'application/xml' });
  response.end('<Error><Code>NoSuchKey</Code><Message>none</Message></Error>');
}

const addresses = {};
for (const [name, server] of Object.entries({ kinesis, census, s3 })) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  addresses[name] = `http://127.0.0.1:${server.address().port}`;
}
console.log(JSON.stringify(addresses));
createInterface({ input: process.stdin })
  .on('line', () => console.log(JSON.stringify({ received, partitions: partitions.size })))
  .on('close', () => process.exit());
