"""What databases, and what stands between them and a program, print of rows and parameters.

Each row: the software, its sentence with ``{}`` for the data, and the pattern, whose groups are the
data. The rules are those of ``frames``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

_SERVERS = (
    _F(
        "PostgreSQL",
        "Key (tenant, email)={} already exists.",
        r"\bKey \([^)\n]{1,200}\)="
        r"(?:(\([^\n]*?\))(?: (?:already|is|conflicts|was)\b|[.;,\"]|\s*$)|(\([^\n]*))",
    ),
    _F("PostgreSQL", "Failing row contains {}", r"Failing row contains (GROUP)"),
    _F(
        "PostgreSQL",
        "invalid input syntax for type uuid: {}",
        r"invalid input (?:syntax|value) for [\w .]{1,60}: (QQ)",
    ),
    _F("PostgreSQL", "date/time field value out of range: {}", r"out of range: (QQ)"),
    _F(
        "PostgreSQL",
        "value {} is out of range for type integer",
        r"\b[Vv]alue (QQ) (?:is|was|does|too|could|cannot|can't)\b",
    ),
    _F("PostgreSQL", "COPY users, line 3, column email: {}", r"\bCOPY \w+, line [^:\n]+: (REST)"),
    _F("PostgreSQL", "syntax error at or near {}", r"at or near (QQ)"),
    _F("PostgreSQL", "LINE 1: {}", r"\bLINE [0-9]+: (REST)"),
    _F(
        "MySQL",
        "Duplicate entry {} for key 'users.email'",
        r"Duplicate entry (?:('[^\n]{0,200}?') for key|(QQ))",
    ),
    _F(
        "MySQL",
        "Incorrect integer value: {} for column 'age' at row 1",
        r"(?i)\b(?:truncated )?incorrect [\w ]{1,30} value: (QQ)",
    ),
    _F("MySQL", "the right syntax to use near {}", r"syntax to use near ('.*?)(?: at line|$)"),
    _F(
        "MySQL",
        "Access denied for user {}@{} (using password: YES)",
        r"denied for user (QQ)@(QQ)",
    ),
    _F("MongoDB", "E11000 duplicate key error dup key: {}", r"\bdup key: (GROUP)"),
    _F("MongoDB", "keyValue: {}", r"\bkeyValue[\"']?\s*[:=]\s*(GROUP)"),
    _F("SQL Server", "The duplicate key value is {}.", r"duplicate key value is (GROUP)"),
    _F(
        "SQL Server",
        "Conversion failed when converting the varchar value {} to data type int.",
        r"converting (?:the|from) [\w ]{1,30} (?:value )?(QQ) to\b",
    ),
    _F("SQL Server", "Truncated value: {}.", r"(?i)truncated value: (QQ)"),
    _F("SQLAlchemy", "[parameters: {}", r"(?i)\bparam(?:eter)?s(?::| =|=) ?(GROUP|\$1[^\n]*)"),
    _F(
        "SQL",
        "INSERT INTO notes (title) VALUES {}",
        r"(?i)\bvalues ?(\([0-9 ]*[^)0-9 \n][^\n]*\)|\([0-9 ]*[^)0-9 \n][^\n]*)",
    ),
    _F(
        "SQL",
        "SELECT id FROM users WHERE email = {}",
        r"(?i)\b(?:where|set|and|or|having|on|when|then)\s+[\w.\"`]{1,80}"
        r"\s*(?:=|<>|!=|<=|>=|<|>|\bi?like\b)\s*(QQ)",
    ),
    _F("Hibernate", "binding parameter [1] as [VARCHAR] - {}", r"as \[\w+\] - (\[[^\]\n]*\]?)"),
    _F("Rails", "Couldn't find User with 'id'={}", r"Couldn't find [^\n=]{1,80}=(WW)"),
    _F("Django", "Field 'id' expected a number but got {}.", r"\bbut (?:got|was|received):? (QQ)"),
    _F("Elasticsearch", "Preview of field's value: {}", r"Preview of field's value: (REST)"),
    _F("Elasticsearch", "in document with id {}.", r"\b(?:document|record|row) with id:? (WW)"),
    _F("Redis", "with args beginning with: {}", r"args beginning with: (REST)"),
    _F("ClickHouse", "Cannot parse string {} as UInt64", r"(?i)parse (?:\w+ )?(QQ) as\b"),
    _F(
        "database drivers",
        "row: {}",
        r"(?i)\b(?:values?|row|record|tuple|args|arguments|bindings?|payload|document|fields)"
        r"(?::| =|=) ?(\([^\n]*\)|\{[^\n]*\}|\[[^\n]*\]|[({\[][^\n]*)",
        whole=True,
    ),
    _F(
        "PostgreSQL",
        "conflicts with existing key (room, during)={}.",
        r"\([^()=\n]{1,200}\) ?= ?(\([^\n]*\)|\([^\n]*)",
    ),
    _F(
        "PostgreSQL",
        "unnamed portal parameter $1 = {}",
        r"(?:^|[\s:(,])(?:\$[0-9]{1,3}|@\w{1,40}|:[a-z]\w{0,40}) ?= ?(WW)",
    ),
    _F(
        "PostgreSQL",
        "malformed array literal: {}",
        r"(?i)\b(?:literal|constant|digit|symbol|escape sequence|lexeme|numeric value|expression"
        r"|array|range|record|interval|operand|member|element|number|timestamp)s?(?: value)?: (QQ)",
    ),
    _F("PostgreSQL", "JSON data, line 1: {}", r"\bJSON data, line [0-9]+: (REST)"),
    _F("PostgreSQL", "STATEMENT: {}", r"(?:^|\s)(?:STATEMENT|QUERY): {1,4}(REST)"),
    _F("PostgreSQL", "SQL statement {}", r"\bSQL (?:statement|query|text):? (QQ|\[[^\n]*)"),
    _F(
        "PostgreSQL",
        "no pg_hba.conf entry for host {}, user {}, database {}, SSL off",
        r"entry for host (WW), user (WW), database (WW)",
        "<name>",
    ),
    _F(
        "PostgreSQL",
        "Batch entry 0 {} was aborted",
        r"\bBatch entry [0-9]+ (.*?)(?: was aborted|$)",
    ),
    _F("CockroachDB", "failed to satisfy CHECK constraint ({})", r"CHECK constraint \(([^\n]*)\)"),
    _F("InnoDB", "0: len 6; hex {}; asc {};;", r"\bhex ([0-9a-f]+|\S+); asc ([^\n]*?);;"),
    _F("InnoDB", "len 6; asc {};;", r"; asc ([^\n]*?);;"),
    _F("MySQL", "Invalid JSON text: {}", r"Invalid JSON (?:text|path)[^:\n]{0,60}: (QQ)"),
    _F(
        "MySQL",
        "Host {} is not allowed to connect",
        r"\bHost (WW) is (?:not allowed|blocked)",
        "<host>",
    ),
    _F(
        "SQLite",
        "unrecognized token: {}",
        r"(?i)\b(?:token|text|string|word|term|pattern|prefix):? (QQ)",
    ),
    _F("SQL", "WHERE name IN {}", r"(?i)\bin ?(\([\"'][^\n)]*\)?)"),
    _F("SQLite parser", "{}: syntax error", r"HEAD(QQ): syntax error"),
    _F("SQL Server", "Arithmetic overflow error for type varchar, value = {}.", r", value = (WW)"),
    _F(
        "SQL Server",
        "Unclosed quotation mark after the character string {}.",
        r"(?i)after (?:the )?(?:character )?string (QQ)",
    ),
    _F("Oracle", "row with column values {}", r"\bcolumn values (GROUP)"),
    _F(
        "Oracle",
        "unable to convert string value containing {} to a number",
        r"value containing (.*?) to an? ",
    ),
    _F(
        "Cassandra",
        "Unable to make UUID from {}",
        r"(?i)\b(?:make|create|build|construct|derive|coerce|decode) (?:an? )?(?:\w+ from )?(QQ)",
    ),
    _F("Cassandra", 'Invalid STRING constant {} for "id"', r"(?i)\b\w+ constant (GROUP|QQ)"),
    _F(
        "ANTLR",
        "no viable alternative at input {}",
        r"(?i)\b(?:alternative at|mismatched|extraneous) input (.*?)(?: expecting\b|$)",
    ),
    _F(
        "ClickHouse",
        "Cannot parse input: expected ',' before: {}",
        r"\b(?:before|after|near|around): (REST)",
    ),
    _F("ClickHouse", "parsed text: {}", r"\bparsed text: (REST)"),
    _F(
        "ClickHouse",
        "Syntax error: failed at position 8 ({})",
        r"(?i)at (?:position|line|offset|index|char(?:acter)?) [0-9]+,? (?:\(line [0-9]+,"
        r" col [0-9]+\) )?\(([^()\n]*)\)",
    ),
    _F(
        "ClickHouse",
        "While processing {}",
        r"(?i)while (?:processing|executing)(?: query)?:? (REST)",
    ),
    _F("DynamoDB", "AttributeValue: {S:{}}", r"[{(][\"']?(?:S|N|SS|NS|B)[\"']?[=:] ?(WW)"),
    _F("DynamoDB", "Item: {}", r"(?i)\b(?:item|key|image)s?[\"']?(?::|=) ?([{\[][^\n]*)"),
    _F(
        "Redis",
        "Command # 1 {} of pipeline caused error",
        r"\bCommand # ?[0-9]+ (\([^\n]*\)|\([^\n]*)",
    ),
    _F(
        "Redis",
        "NOPERM User {} has no permissions",
        r"\b[Uu]ser (WW) has no ",
        "<name>",
        whole=True,
    ),
    _F(
        "Neo4j",
        "already exists with label `User` and property `email` = {}",
        r"\bproperty `[^`\n]*` = (WW)",
    ),
    _F("InfluxDB", "unable to parse {}: invalid field format", r"(?i)unable to parse:? (QQ)"),
    _F("BigQuery", "Bad int64 value: {}", r"\b(?:Bad|bad) \w+ value: (REST)"),
    _F("BigQuery", "Could not cast literal {} to type DATE", r"\bliteral (QQ)"),
    _F("BigQuery", 'column_name: "id" value: {}', r"\bvalue: (QQ)"),
    _F(
        "Snowflake",
        "Numeric value {} is not recognized",
        r"HEAD(QQ) is (?:not recogni[sz]ed|too (?:long|large|big|short|small))",
    ),
    _F("Snowflake", "exceeded by string {}", r"(?i)\bexceed(?:s|ed)? by (?:string|value) (QQ)"),
    _F("Snowflake", "Row Values: {}", r"\bRow(?: [Vv]alues| data)?: (REST)"),
    _F(
        "DuckDB",
        "Duplicate key {} violates primary key constraint",
        r"(?i)\bduplicate (?:key|value|entry|id|name|record|row|document|member|element)s?:? (QQ)",
    ),
    _F("DB2", "SQLERRMC: {}", r"\bSQLERRMC[=:] ?(\S+)"),
    _F("databases in Java", "Data conversion error converting {}", r"\bconverting (QQ)"),
    _F("Firebird", "Problematic key value is {}", r"\b[Kk]ey value(?: is|:|s are)? (GROUP)"),
    _F("SAP HANA", "unique constraint violated: Table(USERS), Value({})", r"\bValue\(([^)\n]*)"),
    _F("Trino", "Cannot cast {} to INT", r"(?i)\bcast (?:value |from )?(QQ) (?:to|as|into)\b"),
    _F(
        "Elasticsearch",
        "[{}]: version conflict",
        r"\[([^\[\]\n]{1,200})\]: (?:version conflict|document)",
    ),
    _F(
        "Kafka",
        "Error deserializing key {} at offset 12",
        r"(?i)deseriali[sz]ing (?:key|value|message|record):? (WW)",
    ),
)
_MAPPERS = (
    _F(
        "SQLAlchemy",
        "{} is not among the defined enum values",
        r"HEAD(QQ) is (?:not among|out of|outside|neither|beyond|below|above)\b",
    ),
    _F(
        "Entity Framework",
        "[Parameters=[@p0={} (Size = 4000)]",
        r"@\w{1,40}=(QQ)",
    ),
    _F("Entity Framework", "another instance with the key value {} is", r"\bkey values? (QQ)"),
    _F(
        "Django",
        "Select a valid choice. {} is not one of the available choices.",
        r"a valid choice\. (.*?) is not one of",
    ),
    _F(
        "Django",
        "Invalid pk {} - object does not exist.",
        r"(?i)\b(?:pk|id|uid|identifier|slug|guid|primary key)s? (QQ)",
    ),
    _F("Django", "Object with slug={} does not exist.", r"\bwith [\w ]{1,40}=(WW)"),
    _F("Django", "Could not load app.User(pk={})", r"\(pk=([^)\n]*)"),
    _F(
        "Prisma",
        "Invalid `prisma.user.create()` invocation:\n{}",
        r"(?s)\binvocation(?: in)?:?\s*?\n(?:[^{]*?)(\{\n.*?\n\s{0,4}\}\)?|\{\n.*)",
    ),
    _F(
        "Prisma engines",
        "database credentials for {} are not valid",
        r"\bcredentials for (WW) (?:are|is|were)\b",
        "<name>",
    ),
    _F("Sequelize", "Executing (default): {}", r"\bExecut(?:ing|ed) \([\w-]+\): (REST)"),
    _F("TypeORM", 'any entity of type "User" matching: {}', r"\bmatching:? (GROUP)"),
    _F("Hibernate", "identifier exists: [shop.User#{}]", r"\[[\w.$]+#([^\]\n]*)"),
    _F("Hibernate", "binding parameter (1:VARCHAR) <- {}", r"<- ?(\[[^\n]*)"),
    _F("Hibernate", "extracted value ([name] : [VARCHAR]) - {}", r"\[\w+\]\) - (\[[^\n]*)"),
    _F(
        "Hibernate",
        "Unable to find shop.User with id {}",
        r"(?i)\b(?:with|by|having|has) (?:the )?(?:same |given |following |primary )?(?:id"
        r"|identifier|key|uuid|pk|slug|reference|_id|guid)s?(?: value)?(?: of| =|="
        r"|:)? ?(\[[^\]\n]*\]?|WW)END",
    ),
    _F("Spring", "rejected value {}; codes", r"\b[Rr]ejected value:? (\[[^\]\n]*\]?|WW)"),
    _F(
        "Spring",
        "Parameter value {} did not match expected type",
        r"(?i)\b(?:parameter )?value (\[[^\]\n]*\]?) (?:did|does|is|was|for|of|at|has|cannot)\b",
    ),
    _F("Spring", "for value {}", r"\b(?:for|of|to|from|with) (?:the )?value:? (\[[^\]\n]*\]?|QQ)"),
    _F("MyBatis", "==> Parameters: {}", r"==> +Parameters: (REST)"),
    _F("MyBatis", "<== Row: {}", r"<== +Row: (REST)"),
    _F("JDBC", "PreparedStatementCallback; SQL [{}]", r"\bSQL \[([^\n]*)\]"),
    _F("Rails", "Couldn't find all Users with 'id': {}", r"'\w+': (GROUP)"),
    _F("Rails", "SELECT 1 LIMIT $1 {}", r"(\[\[(?:[\"']|nil,)[^\n]*\]\]?)"),
    _F("Rails", "#<User id: {}>", r"#<[A-Z][\w:]* (?:id|[a-z_]+): ((?:[^<>\n]|<\w+>)*)>"),
    _F("Laravel", "(Connection: mysql, SQL: {})", r"\bSQL: ([^\n]*)\)"),
    _F("Laravel", "No query results for model [App\\User] {}", r"for model \[[^\]\n]*\]:? (REST)"),
    _F("Ecto", "value {} in `where` cannot be cast", r"\bvalue (QQ) (?:for|in)\b"),
    _F("Ecto", "Changeset<changes: %{}", r"%(?:\w[\w.]*)?(\{[^\n]*\}|\{[^\n]*)"),
    _F(
        "database/sql",
        "converting driver.Value type string {} to a int",
        r"\btype \w+ (\([^\n]*?\)) to an? ",
    ),
    _F("pgx", "unable to encode {} into binary format", r"\bencode (WW) (?:into|as|to)\b"),
    _F(
        "Mongoose",
        "Path `email` is invalid {}.",
        r"\b[Pp]ath `[^`\n]*` (?:is [a-z ]{1,30} |)(\([^\n]*?\))",
    ),
    _F(
        "database drivers",
        "failed for document {}",
        r"(?i)\b(?:documents?|docs?|objects?|entity|entities|items?|selector"
        r"|criteria|conditions?|filter|query|update|data|keys?|bind(?: variable)?s|inputs?|rows"
        r"|records|params|parameters|variables|contents|where|pk|ids?)"
        r"(?::|=| =|) ?(\{[^\n]*|\[[\"'{\[(][^\n]*|\((?:[\"'(]|[^()\n]*,)[^\n]*)",
        whole=True,
    ),
    _F(
        "databases",
        "User {} already exists",
        r"(?i)\b(?:user|customer|account|tenant|record|document|entity|object|row|item|key|id"
        r"|member"
        r"|contact|person|resource|entry|name|client|order|invoice|group|project) (WW) (?:already"
        r" exists|does not exist|doesn't exist|(?:was |were )?not found|could not be found"
        r"|is missing"
        r"|is locked|is not unique|is taken|is already|violates|conflicts|is duplicated)",
        whole=True,
    ),
    _F(
        "databases",
        "conflicting key: {}",
        r"(?i)\b(?:conflicting|offending|existing|violating|failing|problematic|rejected|colliding"
        r"|duplicated?|ambiguous|corrupt(?:ed)?|orphaned|stale) (?:key|row|record|value|document|id"
        r"|entry|tuple|item|line|field|cell|name|object|data|input|member)s?(?: value)?(?: is| was"
        r"| are)?: ?(REST)",
    ),
    _F(
        "SQL",
        "DELETE FROM users WHERE email = {} LIMIT 1",
        r"(?i)\bwhere\s+[\w.\"`\[\]]{1,80}\s*(?:=|<>|!=|\blike\b)\s*([^\s,;()'\"$?:@<>=.`]+)",
    ),
    _F("SQL clients", "| 3 | {} |", r"^\s*\|[^|\n]*\| *([^\n]*?) *\|\s*$"),
    _F("SQL clients", "-[ RECORD 1 ]-\nname | {}", r"^\w{1,40} +\| ([^|\n]+)$"),
    _F("MongoDB", "Document{{{}}}", r"\b[A-Z]\w+\{\{([^\n]*?)\}\}"),
    _F(
        "MongoDB",
        "in element {}",
        r"(?i)\b(?:element|op|writeErrors?|getUpdatedExisting|failingDocumentId|consideredValue"
        r"|errInfo|q|u|o|_id)[\"']?:? (GROUP|QQ)",
    ),
    _F("Solr", "[doc={}] Error adding field", r"\[(?:doc|id|key)=([^\]\n]*)\]"),
    _F(
        "Algolia",
        "objectID={} is too big",
        r"\b(?:objectID|documentId|recordId|primaryKey|partitionKey|rowKey|PartitionKey"
        r"|RowKey)[=:] ?(WW)",
    ),
    _F(
        "Elasticsearch",
        "failed to parse date field {} with format",
        r"(?i)\bfield (\[[^\]\n]*\]) with",
    ),
    _F("Doctrine", "for IDs {} was not found", r"\bfor IDs? (.*?) (?:was|were|is|could)"),
    _F(
        "Cassandra",
        "bound values: {}",
        r"(?i)\b(?:bound|bind|given|supplied|inserted|updated|old|new|current|previous|stored"
        r"|partition|column|parameter|literal|actual) (?:values?|parameters?|variables?|row|record"
        r"|key|data|document)(?: was| were| is| are)?: (REST)",
    ),
)

FRAMES = (*_SERVERS, *_MAPPERS)
