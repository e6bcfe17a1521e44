import { Parser, fromFile } from '@asyncapi/parser';
const parser = new Parser();
const { document, diagnostics } = await fromFile(parser, process.argv[2]).parse();
for (const d of diagnostics) console.log(d.severity, d.code, d.path.join('.'), d.message);
console.log(document ? `valid: AsyncAPI ${document.version()}, ${document.channels().all().length} channels, ${document.allMessages().all().length} messages` : 'invalid');
process.exit(document ? 0 : 1);
