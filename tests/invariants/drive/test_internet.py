def test_a_constant_https_host_is_caught_by_its_name(caught):
    program = """
import requests
answer = requests.post("https://telemetry.example.com/batch/", json=BODY)
print(answer.status_code)
"""
    internet, out = caught(program)
    assert out == "200\n"
    (exchange,) = internet.exchanges()
    assert (exchange.host, exchange.port, exchange.tls) == ("telemetry.example.com", 443, True)
    assert [event.name for event in exchange.request.events] == ["started"]
    assert exchange.request.tokens == ("phc_of_the_program",)
    assert exchange.request.answered == 200
