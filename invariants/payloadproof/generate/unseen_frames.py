"""Data as other software prints it than what a redaction was tuned on.

Rule 1: none of this software stands in ``framed_texts``, and no sentence is changed because of what
a redaction makes of it: a figure is what it is.
Rule 2: wordings of the first four kinds are of somebody who had seen no rule, written before the
rules that they were first tried on, and are looked at by nobody who writes one. Once they were,
they go to the other side.
Rule 3: as in ``error_texts``: a hole names the kind of secret that is drawn; no key stands here.
"""

from __future__ import annotations

FORMS: dict[str, tuple[str, ...]] = {
    "row of a database": (
        (
            'ERROR:  new row for relation "patients" violates check constraint "patients_age_'
            'check"\nDETAIL:  Failing row contains (17, <name>, null, <words>, 2021-04-02).'
        ),
        "ERROR 1062 (23000): Duplicate entry '<name>-<plain>' for key 'accounts.uniq_owner'",
        (
            "Msg 2627, Level 14, State 1, Line 3\nViolation of UNIQUE KEY constraint 'UQ_Custo"
            "mer'. Cannot insert duplicate key in object 'dbo.Customer'. The duplicate key va"
            "lue is (<name>, <plain>)."
        ),
        (
            "E11000 duplicate key error collection: shop.customers index: name_1_city_1 dup k"
            'ey: { name: "<name>", city: "<plain>" }'
        ),
        (
            "ORA-00001: unique constraint (CRM.UQ_NAME) violated on table CRM.PERSON columns "
            "(NAME)\nORA-03301: (ORA-00001 details) row with column values (NAME:'<name>') alr"
            "eady exists"
        ),
        (
            'violation of PRIMARY or UNIQUE KEY constraint "UQ_CLIENT" on table "CLIENT"\n-Pr'
            "oblematic key value is (\"NAME\" = '<name>')"
        ),
        (
            "org.h2.jdbc.JdbcSQLIntegrityConstraintViolationException: Unique index or primar"
            'y key violation: "PUBLIC.CONSTRAINT_INDEX_4 ON PUBLIC.PERSON(NAME NULLS FIRST) V'
            "ALUES ( /* 3 */ '<name>' )\"; SQL statement:\ninsert into person (name, id) values"
            " (?, ?) [23505-214]"
        ),
        (
            "integrity constraint violation: unique constraint or index violation; UQ_NAME ta"
            "ble: PERSON value: <name>"
        ),
        (
            '{"error":{"type":"mapper_parsing_exception","reason":"failed to parse field'
            " [age] of type [integer] in document with id '7'. Preview of field's value: '<wo"
            'rds>\'","caused_by":{"type":"number_format_exception","reason":"For input s'
            'tring: \\"<words>\\""}},"status":400}'
        ),
        (
            "org.apache.solr.common.SolrException: ERROR: [doc=<plain>] Error adding field 'p"
            "rice'='<words>' msg=For input string: \"<words>\""
        ),
        (
            "Code: 27. DB::Exception: Cannot parse input: expected '\\t' before: '<words>\\t12\\"
            "n': (at row 3)\n\nRow 3:\nColumn 0,   name: owner_id, type: UInt32, ERROR: text \"<w"
            'ords>" is not like UInt32'
        ),
        (
            'InvalidRequest: Error from server: code=2200 [Invalid query] message="Unable to '
            "coerce '<words>' to a formatted date (long)\""
        ),
        (
            "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed"
            ": users.name\n[SQL: INSERT INTO users (name, note) VALUES (?, ?)]\n[parameters: ('"
            "<name>', '<words>')]"
        ),
        (
            "TRACE 2211 --- [nio-8080-exec-4] o.h.type.descriptor.sql.BasicBinder      : bind"
            "ing parameter [2] as [VARCHAR] - [<name>]"
        ),
        (
            'User Load (0.4ms)  SELECT "users".* FROM "users" WHERE "users"."login" = $1 '
            'LIMIT $2  [["login", "<plain>"], ["LIMIT", 1]]'
        ),
        (
            '** (Ecto.Query.CastError) lib/shop/orders.ex:31: value `"<words>"` in `where` ca'
            "nnot be cast to type :id in query:"
        ),
        (
            "Illuminate\\Database\\QueryException: SQLSTATE[HY000]: General error: 1364 Field '"
            "ward' doesn't have a default value (SQL: insert into `patients` (`name`, `remark"
            "`) values (<name>, <words>))"
        ),
        (
            'CastError: Cast to ObjectId failed for value "<words>" (type string) at path "_i'
            'd" for model "Customer"'
        ),
        "(error) ERR unknown command '<plain>', with args beginning with: '<plain>' '<words>' ",
        (
            "Neo.ClientError.Schema.ConstraintValidationFailed: Node(12) already exists with "
            "label `Person` and property `name` = '<name>'"
        ),
        (
            "org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value '<wo"
            'rds>\' of the type "STRING" cannot be cast to "INT" because it is malformed. Corr'
            "ect the value as per the syntax, or change its target type."
        ),
        (
            "Error while reading data, error message: Could not parse '<words>' as INT64 for "
            "field age (position 2) starting at location 0 with message 'Unable to parse'"
        ),
        (
            "100038 (22018): 01a2b3c4-0000-1111-0000-000000000001: Numeric value '<words>' is"
            " not recognized"
        ),
        (
            "ERROR WorkerSinkTask{id=crm-sink-0} Error encountered in task crm-sink-0. Execut"
            "ing stage 'TASK_PUT' with class 'org.apache.kafka.connect.sink.SinkTask', where "
            "consumed record is {topic='crm', partition=0, offset=12}; SinkRecord{kafkaOffset"
            "=12, timestampType=CreateTime} ConnectRecord{topic='crm', kafkaPartition=0, key="
            "<plain>, keySchema=Schema{STRING}, value=Struct{name=<name>,note=<words>}, value"
            "Schema=Schema{STRUCT}}"
        ),
        'slapd[811]: conn=1007 op=2 ADD dn="cn=<name>,ou=people,dc=example,dc=org"',
        'Constraint Error: Duplicate key "name: <name>" violates unique constraint.',
        '{"error":"unable to parse \'visits,owner=<plain> note=<words>\': invalid boolean"}',
        (
            "ERROR 6745:  Duplicate key values: 'name=<name>' -- violates constraint 'public."
            "people.C_UNIQUE'"
        ),
        (
            "System.InvalidOperationException: The instance of entity type 'Customer' cannot "
            "be tracked because another instance with the key value '{Login: <plain>}' is alr"
            "eady being tracked."
        ),
        (
            "An exception occurred while executing 'INSERT INTO person (name, note) VALUES (?"
            ', ?)\' with params ["<name>", "<words>"]:\n\nSQLSTATE[22001]: String data, right '
            "truncated: 1406 Data too long for column 'note' at row 1"
        ),
    ),
    "value that a parser quotes": (
        'parsing time "<words>" as "2006-01-02": cannot parse "<words>" as "2006"',
        (
            "error: invalid value '<plain>' for '--port <PORT>': invalid digit found in strin"
            "g\n\nFor more information, try '--help'."
        ),
        "java.time.format.DateTimeParseException: Text '<words>' could not be parsed at index 0",
        (
            "com.fasterxml.jackson.core.JsonParseException: Unrecognized token '<plain>': was"
            " expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false"
            "')"
        ),
        "System.FormatException: String '<words>' was not recognized as a valid DateTime.",
        'import.rb:7:in `Float\': invalid value for Float(): "<words>" (ArgumentError)',
        (
            "DateTime::__construct(): Failed to parse time string (<words>) at position 0 (o)"
            ": The timezone could not be found in the database"
        ),
        "SyntaxError: Cannot convert <words> to a BigInt",
        "Invalid enum value. Expected 'admin' | 'guest', received '<plain>'",
        "date: invalid date \u2018<words>\u2019",
        'jq: error (at orders.json:12): string ("<name>") cannot be parsed as a number',
        (
            "people.xml:14: element age: Schemas validity error : Element 'age': '<words>' is"
            " not a valid value of the atomic type 'xs:integer'."
        ),
        'Argument "<words>" isn\'t numeric in addition (+) at import.pl line 22, <STDIN> line 4.',
        'expected integer but got "<words>"\n    while executing\n"incr total $amount"',
        "./load.sh: line 14: [: <plain>: integer expression expected",
        (
            'PHP Fatal error:  Uncaught Twig\\Error\\SyntaxError: Unknown "<plain>" filter in '
            '"mail.html.twig" at line 9.'
        ),
        'Error: failed parsing --set data: key "<plain>" has no value',
        (
            'The Pod "web-0" is invalid: metadata.labels: Invalid value: "<words>": a valid l'
            "abel must be an empty string or consist of alphanumeric characters, '-', '_' or "
            "'.', and must start and end with an alphanumeric character"
        ),
        (
            'Variable "$age" got invalid value "<words>"; Int cannot represent non-integer va'
            'lue: "<words>"'
        ),
        '** (ArgumentError) cannot parse "<words>" as date, reason: :invalid_format',
        "option --retries: cannot parse value `<plain>'",
        (
            'dataCorrupted(Swift.DecodingError.Context(codingPath: [CodingKeys(stringValue: "'
            'state", intValue: nil)], debugDescription: "Cannot initialize State from invalid'
            ' String value <plain>", underlyingError: nil))'
        ),
        "convert: unrecognized color `<plain>' @ warning/color.c/GetColorCompliance/1065.",
        'debugger invoked on a SB-INT:SIMPLE-PARSE-ERROR in thread #1: junk in string "<words>"',
        (
            '{badarg,[{erlang,list_to_integer,["<plain>"],[]},{order_import,parse_line,2,[{fi'
            'le,"src/order_import.erl"},{line,88}]}]}'
        ),
        '1:8: parse error: unexpected identifier "<plain>"',
        "the argument ('<words>') for option '--threads' is invalid",
        "ERROR: illegal value '<plain>' specified for int32 flag 'max_batch'",
        "Failed to parse calendar specification '<words>': Invalid argument",
        (
            'Cannot convert value "<words>" to type "System.Int32". Error: "Input string was'
            ' not in a correct format."\r\nAt line:1 char:1\r\n    + FullyQualifiedErrorId : Inv'
            "alidCastFromStringToInteger"
        ),
    ),
    "value that Python quotes": (
        "ValueError: invalid literal for int() with base 10: '<words>'",
        "time data '<words>' does not match format '%Y-%m-%d'",
        (
            "configparser.ParsingError: Source contains parsing errors: 'app.ini'\n\t[line  7]:"
            " '<words>\\n'"
        ),
        "netrc.NetrcParseError: bad follower token '<plain>' (/home/app/.netrc, line 3)",
        "ValueError: '<plain>' is not a valid OrderState",
        "'<plain>' does not appear to be an IPv4 or IPv6 address",
        "report.py: error: argument --level: invalid choice: '<plain>' (choose from 'low', 'high')",
        (
            "http.client.InvalidURL: URL can't contain control characters. '/search?q=<words>"
            "' (found at least ' ')"
        ),
        "Invalid literal for Fraction: '<words>'",
        (
            "smtplib.SMTPRecipientsRefused: {'<plain>': (550, b'5.1.1 <<plain>>: Recipient ad"
            "dress rejected: User unknown in local recipient table')}"
        ),
        "KeyError: \"getpwnam(): name not found: '<plain>'\"",
        (
            "1 validation error for Customer\nage\n  Input should be a valid integer, unable to"
            " parse string as an integer [type=int_parsing, input_value='<words>', input_type"
            "=str]\n    For further information visit https://errors.pydantic.dev/2.5/v/int_pa"
            "rsing"
        ),
        "dateutil.parser._parser.ParserError: Unknown string format: <words>",
        "KeyError: \"['<plain>', '<plain>'] not in index\"",
        (
            "requests.exceptions.MissingSchema: Invalid URL '<plain>': No scheme supplied. Pe"
            "rhaps you meant https://<plain>?"
        ),
        "cerberus.validator.DocumentError: '<words>' is not a mapping",
        (
            "'<words>' is not of type 'integer'\n\nFailed validating 'type' in schema['properti"
            "es']['age']:\n    {'type': 'integer'}\n\nOn instance['age']:\n    '<words>'"
        ),
        "voluptuous.error.MultipleInvalid: extra keys not allowed @ data['<plain>']",
        "ValueError: Field 'id' expected a number but got '<words>'.",
        "packaging.version.InvalidVersion: Invalid version: '<name>'",
        (
            "TypeError: (\"'age' must be <class 'int'> (got '<words>' that is a <class 'str'>)"
            ".\", Attribute(name='age', default=NOTHING, validator=<instance_of validator for "
            "type <class 'int'>>, repr=True, eq=True), <class 'int'>, '<words>')"
        ),
        "babel.numbers.NumberFormatError: '<words>' is not a valid number",
        "arrow.parser.ParserMatchError: Failed to match 'YYYY-MM-DD' when parsing '<words>'.",
        (
            "pyparsing.ParseException: Expected end of text, found '<plain>'  (at char 12), ("
            "line:1, col:13)"
        ),
        (
            "botocore.exceptions.ParamValidationError: Parameter validation failed:\nInvalid b"
            'ucket name "<name>": Bucket name must match the regex "^[a-zA-Z0-9.\\-_]{1,255}$'
            '"'
        ),
        (
            "humanfriendly.InvalidSize: Failed to parse size! (input '<words>' was tokenized "
            "as ['<words>'])"
        ),
        "pint.errors.UndefinedUnitError: '<plain>' is not defined in the unit registry",
        (
            "traitlets.traitlets.TraitError: The 'port' trait of a NotebookApp instance expec"
            "ted an int, not the str '<words>'."
        ),
        (
            'dacite.exceptions.WrongTypeError: wrong value type for field "age" - should be "'
            'int" instead of value "<words>" of type "str"'
        ),
    ),
    "line of a settings file": (
        "Error in /root/.muttrc, line 4: <plain>: unknown variable",
        'createUser <plain> SHA "<name>" AES "<words>"',
        "Line 5: Invalid passphrase length 6 (expected: 8..63) '\"<plain>\"'.",
        "hide mysql_servers = localhost/maildb/<plain>/<plain>",
        "4021 => <plain>,<name>,,,attach=yes|tz=eastern|delete=no",
        (
            "/etc/freeradius/3.0/mods-config/files/authorize[12]: Parse error (reply) for ent"
            'ry <plain>: Unknown attribute "Framed-Adress"'
        ),
        "username <plain> privilege 15 password 0 <plain>",
        'set system login user <plain> full-name "<name>" class super-user',
        (
            '/ppp secret add name=<plain> password="<name>" profile=default-encryption servic'
            'e=l2tp comment="<words>"'
        ),
        (
            'poll imap.example.net proto IMAP user "<plain>" there with password "<name>" is '
            '"<plain>" here ssl'
        ),
        (
            '  <user username="<plain>" fullName="<name>" password="<plain>" roles="manage'
            'r-gui,admin-script"/>'
        ),
        "gitlab_rails['smtp_password'] = \"<name>\"",
        (
            "[2020-11-03 09:14:51 +0100] critical/config: Error: Unterminated string literal\n"
            "Location: in /etc/icinga2/conf.d/api-users.conf: 6:14-6:31\n/etc/icinga2/conf.d/a"
            'pi-users.conf(6):   password = "<name>'
        ),
        "appdb = host=10.1.2.3 port=5432 dbname=app user=<plain> password='<name>' pool_size=20",
        (
            "*** FATAL CONFIG FILE ERROR (Redis 7.0.11) ***\nReading the configuration file, a"
            "t line 903\n>>> 'requirepass <name>'\nwrong number of arguments"
        ),
        ('"DefaultUserName"="<plain>"\r\n"DefaultPassword"="<name>"\r\n"AutoAdminLogon"="1"'),
        "/home/mail/.mbsyncrc:9: excess token '<plain>'",
        '/home/build/.ssh/config line 14: garbage at end of line; "<plain>".',
        "ERROR! /etc/ansible/hosts:14: Expected key=value host variable assignment, got: <plain>",
        (
            'ERROR: Invalid interpolation format for "environment" option in service "db": "'
            'MYSQL_PASSWORD=<plain>$"'
        ),
        (
            "systemd[1]: /etc/systemd/system/importer.service:12: Invalid environment assignm"
            "ent, ignoring: <plain>"
        ),
        (
            "The environment file is invalid!\nFailed to parse dotenv file. Encountered unexpe"
            "cted whitespace at [<words>]."
        ),
        (
            "02-Feb 11:20 bacula-fd: ERROR TERMINATION at parse_conf.c:799\nConfig error: Keyw"
            'ord "Passwrd" not permitted in this resource.\nPerhaps you left the trailing brac'
            "e off of the previous resource.\n            : line 22, col 11 of file /etc/bacul"
            'a/bacula-fd.conf\n  Passwrd = "<name>"'
        ),
        (
            "2021/04/12 10:02:11| FATAL: Bungled /etc/squid/squid.conf line 61: cache_peer up"
            ".example.net parent 3128 0 login=<plain>:<plain> no-digest"
        ),
        "MONITOR rackups@localhost 1 <plain> <plain> master",
        "hg: parse error at /home/dev/.hgrc:3: username <name>",
        (
            "postconf: fatal: /etc/postfix/main.cf, line 41: missing '=' after attribute name"
            ': "<words>"'
        ),
        '<plain> : EAP "<name>"   # ipsec.secrets',
        (
            '<property name="hibernate.connection.username"><plain></property>\n<property name'
            '="hibernate.connection.password"><plain></property>'
        ),
    ),
    "body of a request": (
        "Request failed with status code 422, data: { detail: '<name>' }",
        'server replied 500: "<name> is <plain>"',
        "could not resolve address: <name>",
        "Expected BEGIN_OBJECT but was STRING, raw response: '<name>'",
        'unexpected response payload "<name>"',
    ),
    "echo of a provider": (
        'invalid request: message: "<name>" is longer than allowed',
        "the token <plain> has been disabled",
        "quota exceeded for project '<name>'",
        "safety filter stopped the prompt: <words>",
        "[{'role': 'user', 'parts': [{'text': '<name>'}]}]",
        "workspace <plain> has no credits",
    ),
    "key in quotes": (
        "{'passphrase': '<name>'}",
        "rabbit_pass: '<name>'",
        'MAIL_PASSWORD="<name>"',
        '"login" : "<name>"',
        "owner => '<name>'",
        "FTP_PASS = <name>",
        'api_secret: "<name>"',
    ),
    "text between tags": (
        "<user_note>please <words></user_note>",
        "<Message><words></Message>",
        '<Summary lang="en"><words></Summary>',
        "human: <words>",
        "summary: <words>",
    ),
    "folder named after another": (
        "-home-<name>-work-app is missing",
        "D--Users-<name>-notes is locked",
        "C:\\Users\\x\\OneDrive - <name> AG\\plan.xlsx",
    ),
}
